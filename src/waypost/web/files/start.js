/* Makes a link from the form of the start page, and shows it. */
"use strict";

const form = document.getElementById("shorten");
const url = document.getElementById("url");
const key = document.getElementById("key");
const result = document.getElementById("result");
const refusal = document.getElementById("refusal");

/** Make a link, and return its short URL. */
async function shorten() {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  if (key?.value) headers.Authorization = `Bearer ${key.value.trim()}`;
  const answer = await fetch("/api/shorten", {
    method: "POST", headers, body: JSON.stringify({ url: url.value.trim() }),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail);
  return body.short_url;
}

/** Show the short URL, and where its image and its page are. */
function show(short) {
  const link = document.getElementById("short");
  link.href = link.textContent = short;
  document.getElementById("qr").href = `${short}/qr.svg`;
  document.getElementById("preview").href = `${short}+`;
  result.hidden = false;
  document.getElementById("copy").focus();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  refusal.textContent = "";
  result.hidden = true;
  try {
    show(await shorten());
  } catch (error) {
    refusal.textContent = error.message;
    url.focus();
  }
});

document.getElementById("copy").addEventListener("click", async (event) => {
  try {
    await navigator.clipboard.writeText(document.getElementById("short").href);
    event.target.textContent = "Copied";
  } catch {
    // Browsers allow it on https and on this machine only.
    window.getSelection().selectAllChildren(document.getElementById("short"));
  }
});
