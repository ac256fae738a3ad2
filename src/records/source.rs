use super::record::names;

names! {
    /// Where a conversation comes from.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Source {
        /// ChatGPT's export of all data.
        ChatGpt => "chatgpt",
        /// Claude's export of all data.
        Claude => "claude",
        /// DeepSeek's export of all data.
        DeepSeek => "deepseek",
        /// Google Takeout's activity in Gemini.
        Gemini => "gemini",
        /// Grok's export of the account's data.
        Grok => "grok",
        /// A conversation that LibreChat exported as JSON.
        LibreChat => "librechat",
        /// NextChat's backup.
        NextChat => "nextchat",
        /// Open WebUI's export of chats.
        OpenWebUi => "openwebui",
    }
}
