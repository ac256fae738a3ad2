// The entry point for the AI SDK, versions 5 to 7: its messages in a memory, and a transport that answers on the device.

export { followChat, type FollowedChat, type FollowChatOptions } from "./adapters/ai-sdk/follow-chat.js";
export { loadUIMessages, saveUIMessages, type LoadOptions } from "./adapters/ai-sdk/store.js";
export { createChatTransport, type ChatTransportOptions } from "./adapters/ai-sdk/transport.js";
