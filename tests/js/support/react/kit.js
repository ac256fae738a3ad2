// What tests of /react find in a page: React, of whichever version this was bundled with, and the hooks.
import * as React from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { flushSync } from "react-dom";
import { renderToString } from "react-dom/server.browser";
import * as hooks from "conversation-memory/react";

const { createElement: h, StrictMode } = React;

/** Puts an element on the page, in StrictMode. */
const show = (element, { into = document.body.appendChild(document.createElement("div")), root = createRoot(into) } = {}) => {
  const render = (element) => flushSync(() => root.render(h(StrictMode, null, element)));
  render(element);
  return { into, render, unmount: () => flushSync(() => root.unmount()) };
};

/** A component that keeps what a hook gives, each time it is rendered; `seen.last` is the newest. */
const watch = (use) => {
  const seen = { frames: [], get last() { return seen.frames.at(-1); } };
  seen.Component = (props) => {
    const shown = use(props);
    seen.frames.push(shown);
    return null;
  };
  return seen;
};

Object.assign(globalThis, { React, h, StrictMode, createRoot, hydrateRoot, flushSync, renderToString, hooks, show, watch });
