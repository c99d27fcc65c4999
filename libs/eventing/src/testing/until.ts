/** Waits until `look` gives true; throws after `timeoutMs`. */
export async function until(look: () => Promise<boolean> | boolean, timeoutMs = 20_000): Promise<void> {
  const clock = performance.now();
  while (!(await look())) {
    if (performance.now() - clock > timeoutMs) throw new Error(`not so after ${timeoutMs} ms: ${look.toString().slice(0, 200)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
