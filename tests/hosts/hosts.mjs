// Builds a page of documentation with each generator that is there: node hosts.mjs PACKAGE COMMAND TOOLS OUT
//
// PACKAGE is the folder of npm's package, COMMAND the command `pgscope`, TOOLS the folder in which the generators were installed.
// One that is not there is left out with a word. What was built is listed in OUT/hosts.json.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [packaged, command, tools, out] = process.argv.slice(2).map((path) => resolve(path));
const here = dirname(fileURLToPath(import.meta.url));
const SITE = "https://example.org/pgscope/";
const PROGRAM = { hugo: "venv/bin/hugo", mkdocs: "venv/bin/mkdocs", sphinx: "venv/bin/sphinx-build", mdbook: "mdbook/bin/mdbook" };

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
      "mkdocs.yml": `site_name: Host\nsite_url: ""\ntheme:\n  name: material\n  font: false\n  custom_dir: theme\n  palette:\n    - scheme: default\n      toggle: { icon: material/weather-night, name: dark }\n    - scheme: slate\n      toggle: { icon: material/weather-sunny, name: light }\nmarkdown_extensions:\n  - md_in_html\n  - pymdownx.highlight\n  - pymdownx.superfences\n`,
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
    symlinkSync(join(tools, "npm/node_modules"), join(project, "node_modules"));
    run(process.execPath, [join(tools, "npm/node_modules/vitepress/bin/vitepress.js"), "build", "."], project);
    return "index.html";
  },
  async asciidoctor(project, built) {
    written(project, { "page.adoc": page("page.adoc"), "docinfo.html": head("asciidoctor") });
    const { default: asciidoctor } = await import(pathToFileURL(join(tools, "npm/node_modules/@asciidoctor/core/dist/node/asciidoctor.js")).href);
    mkdirSync(built, { recursive: true });
    asciidoctor().convertFile(join(project, "page.adoc"), { safe: "unsafe", to_file: join(built, "page.html"), attributes: { docinfo: "shared", "source-highlighter": "highlight.js", webfonts: false } });
    return "page.html";
  },
};

const there = (host) => {
  const program = PROGRAM[host] ?? { vitepress: "npm/node_modules/vitepress", asciidoctor: "npm/node_modules/@asciidoctor/core" }[host];
  return !program || existsSync(join(tools, program));
};

const pages = {};
for (const [host, build] of Object.entries(BUILDERS)) {
  if (!there(host)) {
    console.error(`left out: ${host} is not installed`);
    continue;
  }
  const begun = Date.now();
  const built = join(out, "www", host);
  rmSync(built, { recursive: true, force: true });
  pages[host] = `/${host}/${await build(join(out, "projects", host), built)}`;
  cpSync(join(packaged, "elements"), join(built, "elements"), { recursive: true });
  console.error(`${host}: built in ${Math.round((Date.now() - begun) / 100) / 10} s`);
}
writeFileSync(join(out, "hosts.json"), `${JSON.stringify(pages, null, 2)}\n`);
