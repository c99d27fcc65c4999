/**
 * The description of all doors behind one port: each service tells its own at /docs-json, here they are one document.
 */

/** A service that does not describe itself in this time does not answer (ms). */
const describeTimeoutMs = 10_000;

/**
 * The start script of the page at /docs, instead of ingestion's own, which holds ingestion's document alone. The page and everything
 * else on it come from there.
 */
export const docsPageScript = `window.onload = () => {
  window.ui = SwaggerUIBundle({
    url: '/docs-json',
    dom_id: '#swagger-ui',
    deepLinking: true,
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    plugins: [SwaggerUIBundle.plugins.DownloadUrl],
    layout: 'StandaloneLayout',
  });
};
`;

/** @typedef {{ openapi?: string, info?: object, tags?: { name: string }[], paths?: Record<string, object>, components?: Record<string, Record<string, unknown>> }} Described an OpenAPI document, as far as it is merged here */

/**
 * @param {Readonly<Record<string, { port: number }>>} services
 * @returns {Promise<{ document: Described } | { away: string }>} `away`: a service that does not tell; without its part the document would be wrong
 */
export async function describeAll(services) {
  const told = await Promise.all(Object.entries(services).map(async ([name, { port }]) => ({ name, document: await describe(port) })));
  /** @type {Described[]} */
  const documents = [];
  for (const { name, document } of told) {
    if (document === undefined) return { away: name };
    documents.push(document);
  }
  return { document: merged(documents) };
}

/** @param {number} port @returns {Promise<Described | undefined>} */
async function describe(port) {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/docs-json`, { signal: AbortSignal.timeout(describeTimeoutMs) });
    // Our own services, which make it with @nestjs/swagger.
    return answer.ok ? /** @type {Described} */ (await answer.json()) : undefined;
  } catch {
    return undefined; // away: the caller names it
  }
}

/**
 * All paths, components and tags. The services share no path; a component of one name is the same in each, being made from the same class.
 * @param {readonly Described[]} documents @returns {Described}
 */
function merged(documents) {
  /** @type {Required<Pick<Described, 'paths' | 'components'>> & { tags: Map<string, { name: string }> }} */
  const all = { paths: {}, components: {}, tags: new Map() };
  for (const { paths = {}, components = {}, tags = [] } of documents) {
    for (const [path, operations] of Object.entries(paths)) all.paths[path] = { ...all.paths[path], ...operations };
    for (const [kind, entries] of Object.entries(components)) all.components[kind] = { ...all.components[kind], ...entries };
    for (const tag of tags) all.tags.set(tag.name, tag);
  }
  const [first] = documents;
  const { paths, components } = all;
  return { ...first, info: { ...first?.info, title: 'Bulfinch' }, tags: [...all.tags.values()], paths, components };
}
