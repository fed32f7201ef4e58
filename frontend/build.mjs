// Builds static/dist/: one style sheet, one script, one early script, one for the filing page, one for uploads, one font and one icon sprite.
// Everything comes from node_modules at the versions of package-lock.json; nothing is loaded from another host.
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { watch } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import * as esbuild from "esbuild";
import { PurgeCSS } from "purgecss";
import subsetFont from "subset-font";

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const SOURCE = path.join(ROOT, "frontend");
const ICONS = path.join(ROOT, "node_modules", "@tabler", "icons", "icons", "outline");
const DIST = path.join(ROOT, "static", "dist");
const BUDGET_GZIP_BYTES = 75_000;
const SKIPPED_FOLDERS = new Set([".venv", ".git", "node_modules", "var", "static", "migrations", "tests", "__pycache__"]);

/** What no source file spells out: states set by scripts, tones put together in templates. */
const SAFELIST = {
  standard: ["show", "active", "disabled", "is-invalid", "is-valid", "is-busy", "is-hidden", "is-refused", "js"],
  greedy: [/^htmx-/, /data-bs-theme/, /^tone-/],
};

/** Parts of Tabler that the portal replaces or never uses, although a class of the same name occurs in a template. */
const BLOCKLIST = [/^navbar/, /^page-(?!head)/, /^btn-(?!primary|danger|outline|ghost|sm|lg|icon|list|link|row)/];

async function sourceFiles(folder, extensions) {
  const found = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (SKIPPED_FOLDERS.has(entry.name)) continue;
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await sourceFiles(full, extensions)));
    else if (extensions.includes(path.extname(entry.name))) found.push(full);
  }
  return found;
}

async function buildStyles() {
  const bundled = await esbuild.build({
    entryPoints: [path.join(SOURCE, "css", "portal.css")],
    bundle: true,
    write: false,
    external: ["*.woff2"],
    loader: { ".svg": "dataurl" },
    target: ["chrome111", "firefox113", "safari16.4"],
    logLevel: "warning",
  });
  const [purged] = await new PurgeCSS().purge({
    content: await sourceFiles(ROOT, [".html", ".py", ".js"]),
    css: [{ raw: bundled.outputFiles[0].text }],
    defaultExtractor: (text) => text.match(/[A-Za-z0-9_-]+/g) ?? [],
    safelist: SAFELIST,
    blocklist: BLOCKLIST,
    variables: true,
    keyframes: true,
    fontFace: false,
  });
  const minified = await esbuild.transform(purged.css, { loader: "css", minify: true, legalComments: "none" });
  await writeFile(path.join(DIST, "portal.css"), minified.code);
}

async function buildScripts() {
  await esbuild.build({
    // filing.js and evidence.js are loaded by the pages that need them only.
    entryPoints: ["portal.js", "theme.js", "filing.js", "evidence.js"].map((name) => path.join(SOURCE, "js", name)),
    outdir: DIST,
    bundle: true,
    minify: true,
    format: "iife",
    target: ["chrome111", "firefox113", "safari16.4"],
    legalComments: "none",
    logLevel: "warning",
  });
}

/** Inter, cut down to what Indonesian office text needs: weights 400–700, Latin letters, tabular figures. */
async function buildFont() {
  const printable = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 32 + index));
  const source = await readFile(path.join(ROOT, "node_modules", "@fontsource-variable", "inter", "files", "inter-latin-wght-normal.woff2"));
  const font = await subsetFont(source, printable + "\u00a0©·×–—‘’“”…→−²³½éÉ°±≤≥", {
    targetFormat: "woff2",
    variationAxes: { wght: { min: 400, max: 700 } },
    keepFeatures: ["kern", "tnum", "ccmp"],
  });
  await writeFile(path.join(DIST, "inter.woff2"), font);
}

/** Names of icons written in templates ({% icon "x" %}, icon="x") and in Python (icon="x", "icon": "x"). */
async function usedIcons() {
  const names = new Set(await navigationIcons());
  const spelled = /(?:\{%\s*icon\s+|\bicon=|["']icon["']:\s*)["']([a-z0-9-]+)["']/g;
  for (const file of await sourceFiles(ROOT, [".html", ".py"])) {
    for (const match of (await readFile(file, "utf8")).matchAll(spelled)) names.add(match[1]);
  }
  for (const line of (await readFile(path.join(SOURCE, "icons.txt"), "utf8")).split("\n")) {
    if (line.trim() && !line.startsWith("#")) names.add(line.trim());
  }
  return [...names].sort();
}

/** The navigation passes its icons by position: every quoted word there that is an icon's name counts. */
async function navigationIcons() {
  const source = await readFile(path.join(ROOT, "katingan_portal", "navigation.py"), "utf8").catch(() => "");
  const drawn = new Set(await readdir(ICONS));
  return [...source.matchAll(/"([a-z0-9-]+)"/g)].map((match) => match[1]).filter((name) => drawn.has(`${name}.svg`));
}

async function buildIcons() {
  const symbols = [];
  const unknown = [];
  for (const name of await usedIcons()) {
    const svg = await readFile(path.join(ICONS, `${name}.svg`), "utf8").catch(() => null);
    if (svg === null) unknown.push(name);
    else symbols.push(`<symbol id="${name}" viewBox="0 0 24 24">${innerPaths(svg)}</symbol>`);
  }
  if (unknown.length) throw new Error(`icons that Tabler does not have: ${unknown.join(", ")}`);
  await writeFile(path.join(DIST, "icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
}

function innerPaths(svg) {
  const inner = svg.replace(/<!--[\s\S]*?-->/g, "").replace(/^[\s\S]*?<svg[^>]*>|<\/svg>\s*$/g, "");
  return inner.replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "").replace(/>\s+</g, "><").trim();
}

async function report() {
  let total = 0;
  for (const name of (await readdir(DIST)).sort()) {
    const content = await readFile(path.join(DIST, name));
    const size = name.endsWith(".woff2") ? content.length : gzipSync(content, { level: 9 }).length;
    total += size;
    console.log(`  ${name.padEnd(14)} ${String(content.length).padStart(7)} B  ${String(size).padStart(6)} B over the wire`);
  }
  console.log(`  total ${total} B of ${BUDGET_GZIP_BYTES} B`);
  if (total > BUDGET_GZIP_BYTES) throw new Error(`the bundle is over its budget by ${total - BUDGET_GZIP_BYTES} bytes`);
}

async function buildAll() {
  await mkdir(DIST, { recursive: true });
  await Promise.all([buildStyles(), buildScripts(), buildFont(), buildIcons()]);
  await report();
}

if (!process.argv.includes("--watch")) {
  await rm(DIST, { recursive: true, force: true });
}
try {
  await buildAll();
} catch (error) {
  console.error(`The front-end bundle could not be built: ${error.message}`);
  process.exit(1);
}

if (process.argv.includes("--watch")) {
  let pending;
  const rebuild = () => {
    clearTimeout(pending);
    pending = setTimeout(() => buildAll().catch((error) => console.error(error.message)), 150);
  };
  for (const folder of [SOURCE, path.join(ROOT, "templates")]) watch(folder, { recursive: true }, rebuild);
}
