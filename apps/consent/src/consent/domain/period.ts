/** A FHIR date or dateTime (R4, 2.24.0.1): the year, month, day or instant it names. */
const form = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(Z|[+-]\d{2}:\d{2}))?)?)?$/;

/**
 * The span a FHIR dateTime names, epoch ms: from `start` (inclusive) to `end` (exclusive); undefined when it is none. A value without a time
 * zone is read in UTC, the zone of everything the house writes.
 */
export function spanOf(value: string): { readonly start: number; readonly end: number } | undefined {
  const match = form.exec(value);
  if (!match) return undefined;
  const [, year = '', month, day, time, zone] = match;
  if (time !== undefined) {
    const instant = Date.parse(`${year}-${month}-${day}T${time}${zone}`);
    return Number.isNaN(instant) || !isDay(year, month, day) ? undefined : { start: instant, end: instant };
  }
  if (day !== undefined) {
    if (!isDay(year, month, day)) return undefined;
    return {
      start: Date.UTC(Number(year), Number(month) - 1, Number(day)),
      end: Date.UTC(Number(year), Number(month) - 1, Number(day) + 1),
    };
  }
  if (month !== undefined) {
    if (Number(month) < 1 || Number(month) > 12) return undefined;
    return { start: Date.UTC(Number(year), Number(month) - 1), end: Date.UTC(Number(year), Number(month)) };
  }
  return { start: Date.UTC(Number(year), 0), end: Date.UTC(Number(year) + 1, 0) };
}

/** Whether the calendar has that day: Date would turn 31 February into March. */
function isDay(year: string, month = '', day = ''): boolean {
  const read = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return read.getUTCMonth() === Number(month) - 1 && read.getUTCDate() === Number(day);
}
