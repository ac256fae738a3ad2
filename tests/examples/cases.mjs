// The examples, and how each is built and opened.

/**
 * - `build`: whether `npm run build` makes it; `www`: the folder that is served then; `start`: a server of its own in place of that
 * - `picture`, `offline`: what it can do besides; `opens`: it does so without a network, but takes no questions
 * - `light`: also part of `npm test`, without the network: "as it is", or "bundled" by esbuild from `main`
 */
export const EXAMPLES = [
  { name: "plain-page", www: ".", opens: true, light: "as it is" },
  { name: "vite-react", build: true, www: "dist", picture: true, light: "bundled", main: "src/main.tsx" },
  { name: "next-ai-sdk", build: true, start: ["next", "start", "--port"], picture: true },
  { name: "assistant-ui", build: true, www: "dist", picture: true },
  { name: "offline-pwa", build: true, www: "dist", offline: true },
];
