// The entry point for service workers: pages call the chat API with fetch, and it is answered on the device.

export { serveChat, type ServeChatOptions } from "./routes/serve-chat.js";
export type { Agent, AgentCall, AgentTurn, ChatRoutesOptions } from "./routes/chat-routes.js";
