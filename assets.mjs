// Builds every bundle: the FEEL engine for the server's isolate, and the pages' islands. `npm run build`.
//
// An entry point is a file directly in web/assets (`web/assets/diagram.js` -> `web/static/build/diagram.js`, and
// `diagram.css` for the styles it imports). What two entries share becomes a chunk, so a page loads only what it uses.
import * as esbuild from 'esbuild';
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { feelinInternals } from './asae_engine/feel/internals.mjs';

const common = { bundle: true, minify: true, logLevel: 'warning', legalComments: 'linked' };

// The pages' content security policy forbids inline styles. Two kinds of library code write them, and both are turned
// here into something the policy allows (measured in docs: nothing else in the bundles breaks it):
// - CodeMirror's style-mod adds <style> elements unless it is in a shadow root: let it use constructed style sheets.
// - bpmn.io's editors keep style="..." in HTML strings: rename the attribute; web/assets/studio/inline-styles.js then
//   applies it through the CSSOM. The rewrite leans on the pinned sources; tests/studio counts violations in a browser.
const inlineStyles = {
  name: 'inline-styles',
  setup(build) {
    const libraries = /node_modules\/(style-mod|bpmn-js|dmn-js|diagram-js|@bpmn-io|table-js)[^/]*\/.*\.m?js$/;
    build.onLoad({ filter: libraries }, ({ path: file }) => {
      const source = fs.readFileSync(file, 'utf8');
      const contents = file.includes('node_modules/style-mod/')
        ? source.replaceAll('!root.head && root.adoptedStyleSheets', 'root.adoptedStyleSheets')
        : source.replace(/(?<![\w-])style=(\\?")/g, 'data-inline-style=$1');
      return { contents, loader: 'js' };
    });
  },
};

await esbuild.build({
  ...common,
  entryPoints: ['asae_engine/feel/isolate.js'],
  outdir: 'asae_engine/feel/build',
  format: 'iife',
  target: 'es2022',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  plugins: [feelinInternals],
});

const sources = 'web/assets';
const output = 'web/static/build';
const entries = fs.readdirSync(sources).filter(name => /\.(js|css)$/.test(name)).map(name => `${sources}/${name}`);
if (entries.length) {
  const { metafile } = await esbuild.build({
    ...common,
    entryPoints: entries,
    outdir: output,
    format: 'esm',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    assetNames: 'media/[name]-[hash]',
    target: 'es2022',
    metafile: true,
    define: { 'process.env.NODE_ENV': '"production"' },
    loader: { '.svg': 'file', '.woff': 'file', '.woff2': 'file', '.ttf': 'file', '.eot': 'file' },
    plugins: [inlineStyles, feelinInternals],
  });
  removeOld(metafile);
  report(metafile);
}

// Chunks that no entry uses any more; after the build, so that a page being read meanwhile finds its own.
function removeOld({ outputs }) {
  const built = new Set(Object.keys(outputs));
  for (const name of fs.readdirSync(`${output}/chunks`)) {
    if (!built.has(`${output}/chunks/${name}`)) fs.rmSync(`${output}/chunks/${name}`);
  }
}

// Prints what each page loads: its entry and the chunks it pulls in at once.
function report({ outputs }) {
  const rows = [];
  for (const [file, { entryPoint, cssBundle }] of Object.entries(outputs)) {
    if (!entryPoint) continue;
    for (const built of [file, cssBundle].filter(Boolean)) {
      const loaded = eager(built, outputs);
      const contents = loaded.map(part => fs.readFileSync(part));
      const size = contents.reduce((sum, part) => sum + part.length, 0);
      const zipped = contents.reduce((sum, part) => sum + gzipSync(part, { level: 9 }).length, 0);
      rows.push({ bundle: path.relative(output, built), KiB: Math.round(size / 1024), 'KiB gzip': Math.round(zipped / 1024), files: loaded.length });
    }
  }
  console.table(rows.sort((a, b) => a.bundle.localeCompare(b.bundle)));
}

function eager(file, outputs, seen = new Set()) {
  if (seen.has(file)) return [];
  seen.add(file);
  const next = outputs[file].imports.filter(({ kind, external }) => kind === 'import-statement' && !external);
  return [file, ...next.flatMap(({ path: chunk }) => eager(chunk, outputs, seen))];
}
