/* Shows the OpenAPI document of this server, with calls that can be tried out. */
"use strict";

/** Return whether an operation has all words of a search. */
function matches(operation, words) {
  const about = operation.get("operation");
  const text = [
    operation.get("path"), operation.get("method"), about.get("operationId"),
    about.get("summary"), about.get("description"),
  ].join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}

/** Search in paths, names and descriptions; Swagger UI alone finds tags only. */
const searchEverywhere = () => ({
  fn: {
    opsFilter(tagged, phrase) {
      const words = phrase.toLowerCase().split(/\s+/).filter(Boolean);
      return tagged
        .map((tag) => tag.update("operations", (all) =>
          all.filter((operation) => matches(operation, words))))
        .filter((tag) => tag.get("operations").size > 0);
    },
  },
});

/** Say what the search field finds. */
function nameSearch() {
  const field = document.querySelector(".operation-filter-input");
  if (!field) {
    requestAnimationFrame(nameSearch);
    return;
  }
  field.placeholder = "Search calls: links, /reports, restore …";
  field.setAttribute("aria-label", "Search calls");
}

/** Take the colours of the system, and follow it. */
function followColours() {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", apply);
  apply();
}

async function show() {
  const answer = await fetch("/openapi.json");
  const document_ = await answer.json();
  // Calls go to where this page is from, by whatever name it was opened.
  document_.servers = [{ url: window.location.origin }];
  SwaggerUIBundle({
    spec: document_,
    dom_id: "#reference",
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    filter: true,
    plugins: [searchEverywhere],
    tryItOutEnabled: true,
    validatorUrl: null,
    onComplete: () => requestAnimationFrame(nameSearch),
  });
}

followColours();
show().catch((error) => {
  document.getElementById("reference").textContent =
    `The OpenAPI document cannot be shown: ${error.message}`;
});
