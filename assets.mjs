// Builds every bundle: the FEEL engine for the server's isolate, and the pages' islands. `npm run build`.
import * as esbuild from 'esbuild';
import fs from 'node:fs';

const common = { bundle: true, minify: true, logLevel: 'warning', legalComments: 'linked' };

await esbuild.build({
  ...common,
  entryPoints: ['asae_engine/feel/isolate.js'],
  outdir: 'asae_engine/feel/build',
  format: 'iife',
  target: 'es2022',
  platform: 'neutral',
  mainFields: ['module', 'main'],
});

// One entry point a page or island: web/assets/*.js and *.css.
const entries = fs.readdirSync('web/assets').filter(f => /\.(js|css)$/.test(f)).map(f => `web/assets/${f}`);
if (entries.length) {
  await esbuild.build({
    ...common,
    entryPoints: entries,
    outdir: 'web/static/build',
    format: 'esm',
    target: 'es2022',
    loader: { '.svg': 'file', '.woff': 'file', '.woff2': 'file', '.ttf': 'file', '.eot': 'file' },
  });
}
