// The model that answers. This one stands in for it: it needs no key and no server, and only says what it was told.
//
// A real one, of any server that speaks OpenAI's chat completions (here Ollama on this machine):
//
//   import { openAICompatible } from "conversation-memory";
//   export const model = openAICompatible({ baseURL: "http://localhost:11434/v1", model: "llava", mediaTypes: ["image/*"] });
//
// It takes `apiKey` too. But everybody who can open a page can read the keys in it, also those of VITE_ variables: put a
// small server of yours between the page and the model, which adds the key and checks who asks, and give its address as
// `baseURL`.
import type { LanguageModel } from "conversation-memory";

const PAUSE = 40; // milliseconds between two words

export const model: LanguageModel = {
  mediaTypes: ["image/*"], // pictures come with their question
  async generate({ messages }, { signal, onDelta }) {
    const question = messages.at(-1);
    const pictures = question?.files?.map(({ name, blob }) => `${name ?? "a picture"} of ${blob?.size} bytes`) ?? [];
    const answer = [
      question?.content && `You asked: “${question.content}”`,
      pictures.length > 0 && `I was shown ${pictures.join(" and ")}.`,
      messages.length > 1 && `I was also told the ${messages.length - 1} messages before it.`,
      `It is ${new Date().toLocaleTimeString()} now; put a real model into src/model.ts to hear more.`,
    ].filter(Boolean).join(" ");
    for (const word of answer.match(/\s*\S+/g) ?? []) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      signal.throwIfAborted();
      onDelta(word);
    }
    return { text: answer };
  },
};
