/**
 * Tells whether a unit is written in UCUM (case sensitive), by the grammar of the Unified Code for Units of Measure, version 2.1, section 2 and its tables of
 * atoms. The tables hold what is met in clinical documents: an atom missing here only means that the unit travels as text.
 */
const prefixes = [
  'Y',
  'Z',
  'E',
  'P',
  'T',
  'G',
  'M',
  'k',
  'h',
  'da',
  'd',
  'c',
  'm',
  'u',
  'n',
  'p',
  'f',
  'a',
  'z',
  'y',
  'Ki',
  'Mi',
  'Gi',
  'Ti',
];

/** Atoms that take a prefix. */
const metricAtoms: ReadonlySet<string> = new Set(
  (
    'm s g rad K C cd mol sr Hz N Pa J W A V F Ohm S Wb Cel T H lm lx Bq Gy Sv l L ar t bar u eV pc cal cal_th Cal_ kat U [iU] [IU] eq osm B Np st ' +
    'dyn erg P Ky G R Ci RAD REM bit By Bd m[H2O] m[Hg] [g] [c] [h] [e]'
  ).split(' '),
);

/** Atoms that stand alone. */
const plainAtoms: ReadonlySet<string> = new Set(
  (
    "10* 10^ [pi] % [ppth] [ppm] [ppb] [pptr] min h d wk mo a a_t a_j a_g mo_s mo_j mo_g deg gon ' '' AU atm " +
    '[in_i] [ft_i] [yd_i] [mi_i] [nmi_i] [sin_i] [sft_i] [cin_i] [in_us] [ft_us] [yd_us] [mi_us] [gr] [lb_av] [oz_av] [dr_av] [lb_tr] [oz_tr] [lb_ap] [oz_ap] [sc_ap] [dr_ap] ' +
    '[gal_us] [qt_us] [pt_us] [gil_us] [foz_us] [fdr_us] [min_us] [cup_us] [tbs_us] [tsp_us] [foz_m] [cup_m] [tsp_m] [tbs_m] [pt_br] [foz_br] [gal_br] ' +
    "[degF] [degR] [diop] [in_i'H2O] [in_i'Hg] [PRU] [drp] [hd_i] [Ch] [mesh_i] [pH] [hp_X] [HPF] [LPF] [CFU] [PFU] [FFU] [IR] [BAU] [AU] [Amb'a'1'U] [PNU] [Lf] " +
    "[D'ag'U] [FEU] [ELU] [EU] [GPL'U] [MPL'U] [APL'U] [beth'U] [anti'Xa'U] [todd'U] [dye'U] [smgy'U] [bdsk'U] [ka'U] [knk'U] [mclg'U] [tb'U] [CCID_50] [TCID_50] [EID_50] " +
    "[arb'U] [USP'U] [MET] [kn_i] [lbf_av] [psi] [Btu] [HP] [car_m] [car_Au] [smoot] [m/s2/Hz^0.5] [NTU] [FNU] [hnsf'U]"
  ).split(' '),
);

/** Longest unit looked at, in characters. Real ones have under 30; the limit bounds the recursion into parentheses. */
const unitLengthMax = 100;

/** True for a valid UCUM expression such as `mg/dL`, `10*3/uL`, `mm[Hg]`, `{tablet}`, `/min`. False for `tablet`, `MG/DL`, `x10E3/uL`. */
export function isUcum(unit: string): boolean {
  if (unit.length === 0 || unit.length > unitLengthMax || !/^[!-~]+$/.test(unit)) return false;
  const rest = term(unit.startsWith('/') ? unit.slice(1) : unit);
  return rest === '';
}

/** Takes `component ((. | /) component)*` off the front; undefined when it does not stand there. */
function term(text: string): string | undefined {
  let rest = component(text);
  while (rest !== undefined && (rest.startsWith('.') || rest.startsWith('/'))) rest = component(rest.slice(1));
  return rest;
}

function component(text: string): string | undefined {
  if (text.startsWith('(')) {
    const inner = term(text.slice(1));
    return inner?.startsWith(')') ? inner.slice(1) : undefined;
  }
  // [!-z|~] is what UCUM allows inside curly braces.
  const annotation = /^\{[!-z|~]*\}/.exec(text);
  if (annotation) return text.slice(annotation[0].length);
  const number = /^[1-9]\d*(?=$|[./)])/.exec(text);
  if (number) return text.slice(number[0].length);
  const simple = /^((?:\[[^\][]*\]|10[*^]|[A-Za-z_%'])+)([+-]?\d+)?(\{[!-z|~]*\})?(?=$|[./)])/.exec(text);
  if (!simple || !isAtom(simple[1] ?? '')) return undefined;
  return text.slice(simple[0].length);
}

function isAtom(symbol: string): boolean {
  if (plainAtoms.has(symbol) || metricAtoms.has(symbol)) return true;
  return prefixes.some((prefix) => symbol.startsWith(prefix) && metricAtoms.has(symbol.slice(prefix.length)));
}
