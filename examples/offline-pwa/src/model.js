// The model that answers. This one stands in for it: it needs no key and no server, and only says what it was told. As it does
// not say `needsNetwork: false`, questions wait while there is no network, as they do for a real one.
//
// A real one, of any server that speaks OpenAI's chat completions (here Ollama on this machine):
//
//   import { openAICompatible } from "conversation-memory";
//   export const model = openAICompatible({ baseURL: "http://localhost:11434/v1", model: "llama3.2" });
//
// It takes `apiKey` too. But everybody who can open a page can read the keys in it, also those of VITE_ variables: put a
// small server of yours between the page and the model, which adds the key and checks who asks, and give its address as
// `baseURL`.

const PAUSE = 40; // milliseconds between two words

export const model = {
  async generate({ messages }, { signal, onDelta }) {
    const before = messages.length - 1;
    const answer = [
      `You asked: “${messages.at(-1).content}”`,
      before > 0 && `I was also told the ${before} messages before it.`,
      `It is ${new Date().toLocaleTimeString()} now; put a real model into src/model.js to hear more.`,
    ].filter(Boolean).join(" ");
    for (const word of answer.match(/\s*\S+/g)) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      signal.throwIfAborted();
      onDelta(word);
    }
    return { text: answer };
  },
};
