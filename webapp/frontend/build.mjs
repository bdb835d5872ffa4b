// Builds our own sources and what they import into ../static/dist: hashed files, their compressed twins, manifest.json.
// Run by `python -m webapp.assets build`; it knows nothing about the application but the names of the entries.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, '../static/dist');
const staging = `${target}.new`; // swapped in at the end, so that a failed build leaves the old files alone

const ENTRIES = [
  'theme-init.js', 'app.js', 'viewer.js', 'dashboard.js', 'studio.js',
  'app.css', 'viewer.css', 'studio.css',
];

rmSync(staging, { recursive: true, force: true });
mkdirSync(staging, { recursive: true });
process.chdir(here); // paths in esbuild's metafile are relative to the working directory

const manifest = {};
const bundle = await bundleEntries();
listOutputs(bundle.metafile);
writeSprite();
writeNotices(bundle.metafile);
compressAll();
writeFileSync(join(staging, 'manifest.json'), JSON.stringify(manifest, null, 1));
rmSync(target, { recursive: true, force: true });
renameSync(staging, target);

function bundleEntries() {
  return build({
    entryPoints: ENTRIES.map(name => ({ in: `src/${name}`, out: name.replace(/\.\w+$/, '') })),
    outdir: staging,
    bundle: true, minify: true, splitting: true, treeShaking: true, metafile: true,
    format: 'esm', target: ['es2022'], charset: 'utf8', legalComments: 'linked', logLevel: 'warning',
    entryNames: '[name]-[hash]', chunkNames: 'chunk-[hash]', assetNames: '[name]-[hash]',
    loader: { '.woff': 'file', '.woff2': 'file', '.ttf': 'file', '.eot': 'empty', '.svg': 'dataurl' },
    define: { 'process.env.NODE_ENV': '"production"' },
  });
}

// Logical name -> hashed name; `imports` lists the chunks a page can preload.
function listOutputs(metafile) {
  const bare = path => path.split('/').pop();
  manifest.imports = {};
  for (const [path, output] of Object.entries(metafile.outputs)) {
    if (!output.entryPoint) continue;
    const logical = bare(output.entryPoint);
    manifest[logical] = bare(path);
    const chunks = output.imports.filter(item => item.kind === 'import-statement').map(item => bare(item.path));
    if (chunks.length) manifest.imports[logical] = chunks;
  }
}

// One SVG with the icons that templates use; src/icons.txt is the list, a test compares it with the templates.
function writeSprite() {
  const names = readFileSync('src/icons.txt', 'utf8').split(/\s+/).filter(Boolean);
  const symbols = names.map(name => {
    const svg = readFileSync(`node_modules/@tabler/icons/icons/outline/${name}.svg`, 'utf8');
    const shapes = svg.replace(/<!--[\s\S]*?-->/g, '').replace(/^[\s\S]*?<svg[^>]*>/, '').replace(/<\/svg>\s*$/, '');
    return `<symbol id="${name}" viewBox="0 0 24 24">${shapes.replace(/\s*\n\s*/g, '')}</symbol>`;
  });
  writeHashed('icons.svg', `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>`);
  writeHashed('favicon.svg', readFileSync('src/favicon.svg', 'utf8'));
}

function writeHashed(logical, text) {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 8).toUpperCase();
  const [stem, extension] = logical.split('.');
  manifest[logical] = `${stem}-${hash}.${extension}`;
  writeFileSync(join(staging, manifest[logical]), text);
}

// Licences of everything that went into a bundle travel with it (bpmn.io's asks for more: its mark stays visible).
function writeNotices(metafile) {
  const used = new Set(['@tabler/icons']);
  for (const path of Object.keys(metafile.inputs)) {
    const found = path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/);
    if (found) used.add(found[1]);
  }
  const notices = [...used].sort().map(name => {
    const folder = `node_modules/${name}`;
    if (!existsSync(`${folder}/package.json`)) return `${name}\n`;
    const { version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
    const files = readdirSync(folder).filter(entry => /^(licen[cs]e|notice)(\.\w+)?$/i.test(entry));
    const texts = files.map(file => readFileSync(`${folder}/${file}`, 'utf8').trim());
    return `${[`${name} ${version} (${license ?? '—'})`, ...texts].join('\n\n')}\n`;
  });
  writeFileSync(join(staging, 'NOTICES.txt'), notices.join(`\n${'-'.repeat(78)}\n\n`));
  manifest['NOTICES.txt'] = 'NOTICES.txt';
}

function compressAll() {
  for (const name of readdirSync(staging)) {
    if (!/\.(js|css|svg)$/.test(name)) continue;
    const path = join(staging, name);
    const bytes = readFileSync(path);
    writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
    writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
  }
}
