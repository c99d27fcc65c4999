/** The code of an error of Node or the driver, '' where it has none. By shape: an error made in another realm is no instance of ours. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
