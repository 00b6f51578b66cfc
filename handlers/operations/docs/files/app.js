"use strict";

let spec;

// Text always goes in as text: nothing of the document is ever read as markup.
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {}))
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  element.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined));
  return element;
}

function resolve(node) {
  let at = node;
  while (at?.$ref) {
    const { $ref, ...beside } = at;
    const target = $ref.slice(2).split("/").reduce((from, key) => from[key.replace(/~1/g, "/").replace(/~0/g, "~")], spec);
    at = { ...target, ...beside, componentName: $ref.split("/").pop() };
  }
  return at;
}

// The little Markdown that descriptions use: paragraphs, lists and code.
function prose(text) {
  const inline = line => line.split("`").map((piece, i) => (i % 2 ? make("code", null, piece) : piece));
  const blocks = [];
  let list = null;
  for (const line of (text ?? "").split("\n")) {
    if (line.startsWith("- ")) {
      if (!list) blocks.push(list = make("ul"));
      list.append(make("li", null, inline(line.slice(2))));
    } else {
      list = null;
      if (line.trim()) blocks.push(make("p", null, inline(line)));
    }
  }
  return blocks;
}

function typeText(schema) {
  const it = resolve(schema);
  const options = it.anyOf ?? it.oneOf;
  if (options) return options.map(typeText).filter((text, i, all) => all.indexOf(text) === i).join(" or ");
  if (it.type === "array") return "list of " + typeText(it.items ?? {});
  if (it.componentName && it.type === "object") return it.componentName;
  const types = [].concat(it.type ?? "any");
  return types.map(type => (it.format && type !== "null" && it.format !== "int64" ? `${type} (${it.format})` : type)).join(" or ");
}

function limits(schema) {
  const it = resolve(schema);
  const out = [];
  const span = (low, high, noun) => {
    if (low === undefined && high === undefined) return;
    out.push(low === undefined ? `at most ${high}${noun}` : high === undefined ? `at least ${low}${noun}` : `${low} to ${high}${noun}`);
  };
  span(it.minLength, it.maxLength, " characters");
  span(it.minItems, it.maxItems, " elements");
  span(it.minProperties, it.maxProperties, " keys");
  const whole = it.maximum === Number.MAX_SAFE_INTEGER && (it.minimum ?? 0) <= 1;
  if (!whole) span(it.minimum, it.maximum, "");
  if (it.default !== undefined) out.push("default " + JSON.stringify(it.default));
  return out.join(", ");
}

function choices(schema) {
  const it = resolve(schema);
  return it.enum ?? (it.items && choices(it.items)) ?? (it.anyOf ?? []).map(choices).find(Boolean);
}

// The object inside a schema, if there is one to unfold.
function objectIn(schema) {
  const it = resolve(schema);
  if (it.properties || it.oneOf) return it;
  if (it.items) return objectIn(it.items);
  return (it.anyOf ?? []).map(objectIn).find(Boolean);
}

function field(name, schema, required, description, depth) {
  const it = resolve(schema);
  const values = choices(schema);
  const facts = limits(schema);
  const inner = depth < 4 ? objectIn(schema) : undefined;
  const detail = [prose(description ?? it.description)];
  if (values) detail.push(make("p", null, "One of ", values.map((value, i) => [i ? ", " : "", make("code", null, String(value))]), "."));
  if (inner) detail.push(make("details", null, make("summary", null, `Fields of ${name}`), fields(inner, depth + 1)));
  return make("div", null,
    make("dt", null,
      make("span", { class: it.deprecated ? "name old" : "name" }, name),
      make("span", { class: "type" }, typeText(schema) + (facts ? `, ${facts}` : "")),
      required ? make("span", { class: "must" }, "required") : null,
      it.deprecated ? make("span", { class: "type" }, "deprecated") : null,
      it.readOnly ? make("span", { class: "type" }, "read-only") : null),
    make("dd", null, detail));
}

// One of several ways to fill a body.
function form(it, depth) {
  return make("details", { class: "form" }, make("summary", null, make("code", null, it.componentName), ": ", it.description),
    fields(it, depth));
}

function fields(schema, depth = 0) {
  const it = resolve(schema);
  if (it.oneOf) return make("div", null, it.oneOf.map(each => form(resolve(each), depth)));
  const required = new Set(it.required ?? []);
  return make("dl", { class: "fields" },
    Object.entries(it.properties ?? {}).map(([name, property]) => field(name, property, required.has(name), null, depth)));
}

function parameters(operation) {
  const groups = { path: "Path", query: "Query", header: "Headers" };
  const all = (operation.parameters ?? []).map(resolve);
  const shown = parameter => field(parameter.name, parameter.schema, parameter.required, parameter.description, 0);
  return Object.entries(groups).map(([place, title]) => {
    const here = all.filter(parameter => parameter.in === place);
    if (!here.length) return null;
    const [must, may] = [here.filter(p => p.required || place !== "header"), here.filter(p => !p.required && place === "header")];
    return [
      must.length || place !== "header" ? [make("h4", null, title), make("dl", { class: "fields" }, must.map(shown))] : null,
      may.length ? make("details", null, make("summary", null, "Optional headers"), make("dl", { class: "fields" }, may.map(shown))) : null,
    ];
  });
}

function figure(title, text) {
  const copy = make("button", { class: "plain", type: "button", "aria-label": `Copy: ${title}` }, "Copy");
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = "Copied";
    } catch {
      copy.textContent = "Select it by hand";
    }
    setTimeout(() => { copy.textContent = "Copy"; }, 2000);
  });
  return make("figure", { class: "example" },
    make("figcaption", null, title, copy),
    make("pre", { tabindex: "0" }, make("code", null, text)));
}

const pretty = value => JSON.stringify(value, null, 2);

function curl(method, path, operation) {
  const all = (operation.parameters ?? []).map(resolve);
  let target = path;
  for (const parameter of all.filter(p => p.in === "path"))
    target = target.replace(`{${parameter.name}}`, parameter.example ?? parameter.name.toUpperCase());
  const lines = [`curl -i${method === "get" ? "" : " -X " + method.toUpperCase()} "$BURSAR_URL${target}"`];
  const secured = (operation.security ?? spec.security ?? []).length > 0;
  if (secured) lines.push('-H "Authorization: Bearer $BURSAR_API_KEY"');
  for (const parameter of all.filter(p => p.in === "header" && p.required))
    lines.push(parameter.name === "Idempotency-Key"
      ? '-H "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)"'
      : `-H '${parameter.name}: ${parameter.example ?? "…"}'`);
  const body = operation.requestBody?.content?.["application/json"];
  if (body) {
    lines.push("-H 'Content-Type: application/json'");
    const example = body.example ?? Object.values(body.examples ?? {})[0]?.value ?? {};
    lines.push(`-d '${pretty(example).replace(/'/g, "'\\''")}'`);
  }
  return (secured ? ". .bursar/demo.env\n" : "") + lines.join(" \\\n  ");
}

function answer(status, response) {
  const it = resolve(response);
  const failure = Number(status) >= 400;
  const body = it.content && Object.values(it.content)[0];
  const schema = body && !failure ? objectIn(body.schema) : undefined;
  const headers = Object.entries(it.headers ?? {}).map(([name, header]) => [name, resolve(header)]);
  const inside = [
    failure ? null : prose(it.description),
    headers.length ? make("p", { class: "quiet" }, "Headers: ", headers.map(([name], i) => [i ? ", " : "", make("code", null, name)])) : null,
    schema ? fields(schema) : null,
  ];
  const label = make("summary", null, make("span", { class: `status s${status[0]}` }, status), " ",
    failure ? prose(it.description).flatMap(block => [...block.childNodes]).flatMap(node => [node, " "]) : it.description.split("\n")[0]);
  return make("li", null, make("details", null, label, inside));
}

function failureLine(status, response) {
  return make("div", null,
    make("dt", null, make("span", { class: `status s${status[0]}` }, status)),
    make("dd", null, prose(resolve(response).description)));
}

function article(method, path, operation) {
  const entries = Object.entries(operation.responses ?? {});
  const good = entries.filter(([status]) => Number(status) < 400);
  const bad = entries.filter(([status]) => Number(status) >= 400);
  const body = operation.requestBody?.content?.["application/json"];
  const first = good.map(([, response]) => resolve(response)).find(response => response.content);
  const sample = first && Object.values(first.content)[0].example;
  const secured = (operation.security ?? spec.security ?? []).length > 0;
  return make("article", { id: operation.operationId, "aria-labelledby": operation.operationId + "-title" },
    make("h3", { id: operation.operationId + "-title" }, make("a", { href: "#" + operation.operationId }, operation.summary || operation.operationId)),
    make("p", { class: "line" },
      make("span", { class: `verb ${method}` }, method), make("span", { class: "path" }, path),
      make("span", { class: "lock" }, secured ? "API key" : "public")),
    make("div", { class: "columns" },
      make("div", null,
        prose(operation.description),
        parameters(operation),
        body ? [make("h4", null, "Body"), fields(body.schema)] : null,
        make("h4", null, "Answers"),
        make("ul", { class: "answers" }, good.map(([status, response]) => answer(status, response))),
        bad.length ? make("details", null, make("summary", null, `Failures: ${bad.map(([status]) => status).join(", ")}`),
          make("dl", { class: "fields" }, bad.map(([status, response]) => failureLine(status, response)))) : null),
      make("div", null,
        figure("Request", curl(method, path, operation)),
        sample === undefined ? null : figure("Answer", pretty(sample)))));
}

function operationsByTag() {
  const groups = new Map((spec.tags ?? []).map(tag => [tag.name, { ...tag, operations: [] }]));
  for (const [path, item] of Object.entries(spec.paths ?? {}))
    for (const [method, operation] of Object.entries(item)) {
      const name = operation.tags?.[0] ?? "Other";
      if (!groups.has(name)) groups.set(name, { name, operations: [] });
      groups.get(name).operations.push({ method, path, operation });
    }
  return [...groups.values()].filter(group => group.operations.length);
}

function errorCodes() {
  const known = spec.components?.schemas?.ErrorCode;
  if (!known) return null;
  return make("section", { id: "errors", "aria-labelledby": "errors-title" },
    make("h2", { id: "errors-title" }, "Failures"),
    make("div", { class: "lead" },
      prose("Every failure has one shape. Decide by `code`; show `message` to people; give `request_id` when you ask for help. A client whose `Accept` prefers `application/problem+json` gets the same as RFC 9457 problem details.")),
    figure("Shape", pretty({ error: { code: "VALIDATION_FAILED", message: "One or more fields are not valid.", fields: [{ pointer: "/subject", message: "is required" }], doc_url: "/docs#VALIDATION_FAILED", request_id: "0193a1c4-5e6f-7a8b-9c0d-1e2f3a4b5c6d" } })),
    make("div", { class: "lead" }, prose(known.description).map(block => nameCodes(block, known.enum))));
}

// doc_url of a failure ends in its code: each stands where that leads to.
function nameCodes(block, codes) {
  for (const item of block.querySelectorAll("li")) {
    const code = item.querySelector("code")?.textContent;
    if (codes.includes(code)) item.id = code;
  }
  return block;
}

function draw() {
  const groups = operationsByTag();
  document.title = `${spec.info.title} API reference`;
  document.getElementById("title").textContent = spec.info.title;
  document.getElementById("version").textContent = spec.info.version;
  const scheme = Object.values(spec.components?.securitySchemes ?? {})[0];
  document.getElementById("content").replaceChildren(
    make("section", { id: "top", class: "lead" }, make("h1", null, `${spec.info.title} API`), prose(spec.info.description),
      scheme ? [make("h2", null, "Authentication"), prose(scheme.description)] : null),
    ...groups.map(group => make("section", { "aria-labelledby": `tag-${group.name}` },
      make("h2", { id: `tag-${group.name}` }, group.name), make("div", { class: "quiet" }, prose(group.description)),
      group.operations.map(({ method, path, operation }) => article(method, path, operation)))),
    errorCodes() ?? "");
  const link = (href, ...text) => make("li", null, make("a", { href }, ...text));
  document.getElementById("index").replaceChildren(
    make("ul", null, link("#top", "Introduction"), link("#errors", "Failures")),
    ...groups.map(group => make("section", null, make("h2", null, group.name),
      make("ul", null, group.operations.map(({ method, path, operation }) => {
        const item = link("#" + operation.operationId, make("span", { class: `verb ${method}` }, method), operation.summary || path);
        item.dataset.words = [method, path, operation.summary, operation.operationId, group.name].join(" ").toLowerCase();
        return item;
      })))));
}

function filter(words) {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const item of document.querySelectorAll("#index li[data-words]")) {
    item.hidden = !wanted.every(word => item.dataset.words.includes(word));
    count += item.hidden ? 0 : 1;
  }
  for (const group of document.querySelectorAll("#index section"))
    group.hidden = !group.querySelector("li:not([hidden])");
  document.getElementById("found").textContent = wanted.length ? `${count} found` : "";
}

function followReading() {
  const links = new Map([...document.querySelectorAll("#index a")].map(a => [a.hash.slice(1), a]));
  const mark = id => links.forEach((a, key) => (key === id ? a.setAttribute("aria-current", "true") : a.removeAttribute("aria-current")));
  const watcher = new IntersectionObserver(entries => {
    const seen = entries.filter(entry => entry.isIntersecting).map(entry => entry.target.id);
    if (seen.length) mark(seen[0]);
  }, { rootMargin: "-10% 0px -75% 0px" });
  document.querySelectorAll("article, #top, #errors").forEach(part => watcher.observe(part));
}

function setUpMenu() {
  const button = document.getElementById("menu");
  const sidebar = document.getElementById("sidebar");
  const show = open => {
    sidebar.classList.toggle("open", open);
    button.setAttribute("aria-expanded", String(open));
  };
  button.addEventListener("click", () => show(!sidebar.classList.contains("open")));
  sidebar.addEventListener("click", event => { if (event.target.closest("a")) show(false); });
  document.addEventListener("keydown", event => { if (event.key === "Escape") show(false); });
}

function setUpTheme() {
  const button = document.getElementById("theme");
  const root = document.documentElement;
  const stored = (() => { try { return localStorage.getItem("theme"); } catch { return null; } })();
  if (stored) root.dataset.theme = stored;
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
  const label = () => { button.textContent = dark() ? "Light" : "Dark"; button.setAttribute("aria-label", `Switch to ${dark() ? "light" : "dark"} colours`); };
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* a browser without storage forgets the choice */ }
    label();
  });
  label();
}

async function start() {
  setUpTheme();
  setUpMenu();
  try {
    const response = await fetch("/openapi.json");
    if (!response.ok) throw new Error(`status ${response.status}`);
    spec = await response.json();
  } catch (reason) {
    document.getElementById("wait").textContent = `The document could not be read (${reason.message}). Reload the page to try again.`;
    return;
  }
  draw();
  document.getElementById("find").addEventListener("input", event => filter(event.target.value));
  followReading();
  if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}

start();
