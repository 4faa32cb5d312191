import type { OpenApi } from './openapi.ts';

type Schema = { readonly [key: string]: unknown };
const DEEPEST = 8;

/** The page of the API for people: all of the document in HTML, without a script. */
export function renderApiPage(document: OpenApi, nonce: string): string {
  const byFeature = Object.groupBy(Object.entries(document.paths), ([, { post }]) => post.tags[0]!);
  const features = Object.entries(byFeature).map(([name, paths = []]) => ({ name, paths }));
  const contents = features.map(({ name }) => `<a href="#${escape(name)}">${escape(name)}</a>`).join('\n');
  const body = features.map(
    ({ name, paths }) =>
      `<section id="${escape(name)}"><h2>${escape(name)}</h2>\n${paths.map(([path, { post }]) => renderOperation(document, path, post)).join('\n')}</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API of Underseal</title>
<link rel="icon" href="data:,">
<style nonce="${escape(nonce)}">${STYLE}</style>
</head>
<body>
<header>
<h1>API of Underseal</h1>
<p>${escape(document.info.description)} Sign in with a bearer token (<code>Authorization: Bearer …</code>), made in Settings or by <code>underseal token</code>.
An act takes an <code>Idempotency-Key</code>: asked again with the same key and input, it answers what it answered the first time.</p>
<p>For programs: <a href="/openapi.json">openapi.json</a>, OpenAPI ${escape(document.openapi)}.</p>
</header>
<nav aria-label="Features">
${contents}
</nav>
<main>
${body.join('\n')}
</main>
</body>
</html>
`;
}

function renderOperation(document: OpenApi, path: string, post: OpenApi['paths'][string]['post']): string {
  return `<details id="${escape(post.operationId)}">
<summary><code>POST ${escape(path)}</code> <span>${escape(post.summary)}</span></summary>
<p>${escape(post.description).replaceAll(/`([^`]+)`/g, '<code>$1</code>')}</p>
<h3>Input</h3>
${renderSchema(document, post.requestBody.content['application/json'].schema)}
<h3>Output</h3>
${renderSchema(document, post.responses[200].content['application/json'].schema)}
</details>`;
}

function renderSchema(document: OpenApi, schema: Schema, depth = 0): string {
  const at = resolve(document, schema);
  if (depth === DEEPEST) return '';
  if (at['type'] === 'array') return renderSchema(document, at['items'] as Schema, depth);
  const choices = (at['anyOf'] ?? at['oneOf']) as Schema[] | undefined;
  if (choices) return choices.map((choice) => renderSchema(document, choice, depth)).join('');
  const properties = Object.entries((at['properties'] ?? {}) as Record<string, Schema>);
  if (properties.length === 0) return depth === 0 ? '<p>None.</p>' : '';
  const required = new Set(at['required'] as string[] | undefined);
  const rows = properties.map(([name, property]) => {
    const optional = required.has(name) ? '' : ' <em>optional</em>';
    return `<li><code>${escape(name)}</code> ${escape(describe(document, property))}${optional}${renderSchema(document, property, depth + 1)}</li>`;
  });
  return `<ul>${rows.join('\n')}</ul>`;
}

/** What a value may be, in a few words. */
function describe(document: OpenApi, schema: Schema, depth = 0): string {
  const at = resolve(document, schema);
  if (depth === DEEPEST) return '…';
  if (at['const'] !== undefined) return JSON.stringify(at['const']);
  if (Array.isArray(at['enum'])) return at['enum'].map((value) => JSON.stringify(value)).join(' | ');
  const choices = (at['anyOf'] ?? at['oneOf']) as Schema[] | undefined;
  if (choices) return [...new Set(choices.map((choice) => describe(document, choice, depth + 1)))].join(' | ');
  if (at['type'] === 'array') return `list of ${describe(document, (at['items'] ?? {}) as Schema, depth + 1)}${range(at, 'minItems', 'maxItems', 'items')}`;
  const type = typeof at['type'] === 'string' ? at['type'] : 'anything';
  const format = at['format'] ?? (typeof at['pattern'] === 'string' ? at['pattern'] : undefined);
  const numbers = range(at, 'minimum', 'maximum', '');
  return `${type}${typeof format === 'string' ? ` ${format}` : ''}${range(at, 'minLength', 'maxLength', 'characters')}${numbers}`;
}

function range(at: Schema, least: string, most: string, of: string): string {
  const [low, high] = [at[least], at[most]];
  const from = typeof low === 'number' && low > Number.MIN_SAFE_INTEGER ? low : undefined;
  const to = typeof high === 'number' && high < Number.MAX_SAFE_INTEGER ? high : undefined;
  if (from === undefined && to === undefined) return '';
  const unit = of && ` ${of}`;
  return `, ${from === undefined ? `at most ${to}` : to === undefined ? `at least ${from}` : `${from} to ${to}`}${unit}`;
}

function resolve(document: OpenApi, schema: Schema): Schema {
  const name = typeof schema['$ref'] === 'string' ? schema['$ref'].replace('#/components/schemas/', '') : undefined;
  return name === undefined ? schema : ((document.components.schemas[name] ?? {}) as Schema);
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#1c2530, #e6eaf0); --quiet: light-dark(#5a6675, #9aa7b8); --paper: light-dark(#fbfaf7, #12171e);
  --line: light-dark(#dcd9d0, #2b333f); --accent: light-dark(#22577a, #8fc1e3); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
h1 { font: 600 2rem/1.2 Georgia, serif; margin: 0 0 .75rem; }
h2 { font: 600 1.35rem/1.2 Georgia, serif; margin: 2.5rem 0 .75rem; }
h3 { font-size: .95rem; margin: 1rem 0 .25rem; color: var(--quiet); }
a { color: var(--accent); }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: .75rem 0; border-block: 1px solid var(--line); }
nav a { padding-block: .25rem; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
details { border-bottom: 1px solid var(--line); padding: .25rem 0; }
summary { cursor: pointer; padding: .5rem 0; }
summary span { display: block; margin-left: 1.1rem; color: var(--quiet); }
ul { margin: .25rem 0; padding-left: 1.25rem; }
li { margin: .2rem 0; overflow-wrap: anywhere; }
em { color: var(--quiet); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
`;
