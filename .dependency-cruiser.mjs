/** Import rules of docs/architecture.md. Each has a planted file under test/planted that must fail it (test/import-rules.spec.ts). */
const spec = '\\.spec\\.ts$';
export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'apps-never-import-apps',
      severity: 'error',
      from: { path: '(^|/)apps/(?!standalone/)([^/]+)/' },
      to: { path: '(^|/)apps/', pathNot: '(^|/)apps/$2/' },
    },
    {
      name: 'standalone-only-wires',
      severity: 'error',
      from: { path: '(^|/)apps/standalone/' },
      to: { path: '(^|/)apps/', pathNot: ['(^|/)apps/standalone/', '/app\\.module\\.ts$', '/src/config\\.ts$'] },
    },
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: '/domain/', pathNot: spec },
      to: { pathNot: ['/domain/', '(^|/)libs/contracts/'] },
    },
    {
      name: 'contracts-are-pure',
      severity: 'error',
      from: { path: '(^|/)libs/contracts/', pathNot: spec },
      to: { pathNot: ['(^|/)libs/contracts/', 'node_modules/zod'] },
    },
    {
      name: 'conversion-is-pure',
      severity: 'error',
      from: { path: '(^|/)libs/conversion/', pathNot: spec },
      to: { pathNot: ['(^|/)libs/conversion/', 'node_modules/saxes', 'node_modules/@types/fhir', '^(node:)?crypto$'] },
    },
    { name: 'libs-never-import-apps', severity: 'error', from: { path: '(^|/)libs/' }, to: { path: '(^|/)apps/' } },
    {
      name: 'libs-by-index-only',
      severity: 'error',
      from: { path: '(^|/)(apps|libs)/([^/]+)/' },
      to: {
        path: '(^|/)libs/[^/]+/src/',
        pathNot: ['(^|/)libs/$3/', '/src/index\\.ts$', '/libs/shared/src/[a-z]+/index\\.ts$', '^libs/shared/src/[a-z]+/index\\.ts$'],
      },
    },
    {
      // Outgoing connections of the product go through delivery's egress only; databases and brokers are the drivers' own.
      name: 'egress-in-one-place',
      severity: 'error',
      from: {
        path: '(^|/)(apps|libs)/',
        pathNot: [
          spec,
          '/testing/',
          '(^|/)apps/clinic/',
          '(^|/)apps/bulfinch/',
          '/delivery/(egress\\.client|exchange|public-address)\\.ts$',
        ],
      },
      to: { path: '^(node:)?(net|http|https|http2|tls|dns|dgram|dns/promises)$', dependencyTypesNot: ['type-only'] },
    },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    parser: 'swc',
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { conditionNames: ['source', 'import', 'types', 'node', 'default'], exportsFields: ['exports'] },
  },
};
