// The entry point for assistant-ui: threads, their history with all branches, attachments, and models.

export { createAttachmentAdapter, type AttachmentOptions } from "./adapters/assistant-ui/attachments.js";
export { createChatModelAdapter, type ChatModelOptions } from "./adapters/assistant-ui/chat-model.js";
export { followThreads, type FollowOptions } from "./adapters/assistant-ui/follow.js";
export { createThreadHistoryAdapter, type ThreadHistoryOptions, type ThreadItem } from "./adapters/assistant-ui/history.js";
export { createThreadListAdapter, type ThreadListOptions } from "./adapters/assistant-ui/thread-list.js";
