// Which model answers: the demonstration, a server, or the browser's own. The address and the name of a server's model stay for this
// session; its key is kept by this page only while it is open, and is stored nowhere.
import * as library from "conversation-memory";
import { demoModel } from "./demo-model.js";
import { byId } from "./dom.js";
import { notify } from "./notice.js";

const PLACE = "conversation-memory: model";

/** `onChanged` is called when another model was chosen. Gives a model that hands each call to the chosen one. */
export function modelSettings(onChanged) {
  const dialog = byId("model");
  const form = byId("model-form");
  let settings = { kind: "demo", ...stored() };
  let key = "";
  let chosen = modelOf(settings);

  function modelOf({ kind, baseURL, name }) {
    if (kind === "server") return library.openAICompatible({ baseURL, model: name, ...(key && { apiKey: key }) });
    return kind === "browser" ? library.browserModel() : demoModel();
  }

  function stored() {
    try {
      const { kind, baseURL, name, hadKey } = JSON.parse(sessionStorage.getItem(PLACE) ?? "{}");
      return isPossible(kind) ? { kind, baseURL, name, hadKey } : {};
    } catch {
      return {}; // none, or no session storage
    }
  }

  function store() {
    try {
      sessionStorage.setItem(PLACE, JSON.stringify({ ...settings, hadKey: key !== "" }));
    } catch {
      // then it holds until the page is left
    }
  }

  function show() {
    const { kind, baseURL, name } = settings;
    const words = {
      demo: ["Demonstration", "Stored in this browser only. No server, no network."],
      browser: ["Browser’s own", "Stored and answered in this browser only. No server, no network."],
      server: [name, `Stored in this browser. Questions go to ${hostOf(baseURL)}, with their context.`],
    };
    const [label, where] = words[kind];
    byId("model-name").textContent = label;
    byId("where").textContent = where;
    byId("where").classList.toggle("away", kind === "server");
  }

  function open() {
    form.elements.kind.value = settings.kind;
    form.elements.baseURL.value = settings.baseURL ?? "";
    form.elements.name.value = settings.name ?? "";
    form.elements.key.value = key;
    follow();
    dialog.showModal();
  }

  /** The fields of a server are asked for where a server is chosen. */
  function follow() {
    byId("server-fields").disabled = byId("server-fields").hidden = form.elements.kind.value !== "server";
  }

  function use() {
    const read = (name) => form.elements[name].value.trim();
    const before = key;
    const wanted = { kind: form.elements.kind.value, baseURL: read("baseURL"), name: read("name") };
    key = wanted.kind === "server" ? read("key") : "";
    try {
      chosen = modelOf(wanted);
    } catch (error) {
      key = before;
      byId("model-problem").textContent = error.message;
      return;
    }
    settings = wanted;
    form.elements.key.value = "";
    byId("model-problem").textContent = "";
    store();
    show();
    dialog.close();
    onChanged();
  }

  byId("model-button").addEventListener("click", open);
  byId("model-cancel").addEventListener("click", () => dialog.close());
  form.addEventListener("change", follow);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    use();
  });
  dialog.addEventListener("close", () => {
    form.elements.key.value = "";
    byId("model-problem").textContent = "";
  });

  for (const choice of form.elements.kind) choice.disabled = !isPossible(choice.value);
  byId("no-browser-model").hidden = isPossible("browser");
  byId("no-server-model").hidden = isPossible("server");
  show();
  if (settings.kind === "server" && settings.hadKey) notify("The key of the model’s server is not kept over a reload.", { action: { label: "Enter it", run: open } });

  return { generate: (prompt, call) => chosen.generate(prompt, call) };
}

/** Whether this browser, and the package that is served, have what it takes. */
function isPossible(kind) {
  if (kind === "server") return "openAICompatible" in library;
  if (kind === "browser") return "browserModel" in library && "LanguageModel" in globalThis;
  return kind === "demo";
}

function hostOf(address) {
  try {
    return new URL(address, location.href).host;
  } catch {
    return address;
  }
}
