// The API's own document, made readable: every path with its parameters and answers.

import { el, preference, replace } from "./dom.js";
import { wear } from "./palette.js";

wear(preference.get("palette", "dusk"));

const spec = await (await fetch("/api/v1/openapi.json")).json();

function schemaOf(reference) {
  return reference?.$ref ? spec.components.schemas[reference.$ref.split("/").at(-1)] : reference;
}

// A schema in a few words: "integer, 1 to 1000", "list of string", "one of …".
function typeOf(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" or ");
  if (schema.const !== undefined) return String(schema.const);
  if (schema.enum) return `one of ${schema.enum.join(", ")}`;
  if (schema.type === "array") return `list of ${typeOf(schema.items)}`;
  const range = [];
  const low = schema.minimum ?? schema.exclusiveMinimum;
  if (low !== undefined) range.push(`from ${low}`);
  if (schema.maximum !== undefined) range.push(`to ${schema.maximum}`);
  const kind = schema.format ? `${schema.type} (${schema.format})` : (schema.type ?? "any");
  return range.length ? `${kind}, ${range.join(" ")}` : kind;
}

function table(heads, rows) {
  return el("table", {},
    el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", {}, head)))),
    el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((cell) => el("td", {}, cell))))));
}

function parameters(operation) {
  const rows = (operation.parameters ?? []).map(({ name, in: where, schema, description }) => [
    el("code", {}, name), where, typeOf(schema).replace(" or null", ""),
    [`${description}.`, schema.default === undefined || schema.default === null || schema.default.length === 0
      ? "" : `Default: ${schema.default}.`].filter(Boolean).join(" "),
  ]);
  return rows.length ? table(["parameter", "in", "type", "meaning"], rows) : null;
}

function answer([status, response]) {
  const forms = Object.entries(response.content ?? {});
  const schema = schemaOf(forms.find(([, form]) => form.schema)?.[1].schema);
  const fields = Object.entries(schema?.properties ?? {});
  const head = `${status} · ${forms.map(([media]) => media).join(", ")} · ${response.description}`;
  if (!fields.length) return el("p", { class: "quiet" }, head);
  return el("details", {}, el("summary", {}, head), table(["field", "type", "meaning"],
    fields.map(([name, field]) => [el("code", {}, name), typeOf(field), field.description ?? ""])));
}

function article(path, method, operation) {
  return el("article", { id: operation.operationId },
    el("h3", {}, operation.summary),
    el("p", {}, el("code", { class: "path" }, `${method.toUpperCase()} ${path}`)),
    operation.description ? el("p", {}, operation.description) : null,
    parameters(operation),
    ...Object.entries(operation.responses).map(answer));
}

const operations = Object.entries(spec.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => [path, method, operation]));
const byTag = spec.tags.map((tag) =>
  [tag, operations.filter(([, , operation]) => operation.tags.includes(tag.name))]);

replace(document.getElementById("contents"),
  el("a", { href: "/" }, "← Console"),
  ...byTag.flatMap(([tag, paths]) => [el("h2", {}, tag.name.toUpperCase()),
    ...paths.map(([path, method, { operationId }]) => el("a", { href: `#${operationId}` },
      method === "get" ? path : `${method.toUpperCase()} ${path}`))]));
replace(document.getElementById("reference"),
  el("h1", {}, `${spec.info.title} API ${spec.info.version}`),
  el("p", {}, spec.info.description),
  el("p", {}, el("a", { href: "/api/v1/openapi.json" }, "OpenAPI document")),
  ...byTag.flatMap(([, paths]) => paths.map((operation) => article(...operation))));
