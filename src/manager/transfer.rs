//! What goes into a file and comes out of one.

use super::ConversationManager;
use crate::{
    ledger::{Call, Fence, MessageRange},
    records::{ExportExtras, Exported, Repaired},
};

impl ConversationManager {
    /// How things stand when an export begins.
    pub fn fence(&self) -> Call<Fence> {
        self.ledger.enter_fence(&self.user_id, self.now())
    }

    /// Ranges of the logs of several conversations, as they are stored; none when everything was forgotten since. One that
    /// goes on with a conversation finds nothing where that was deleted since.
    pub fn export(&self, fence: Fence, ranges: Vec<MessageRange>) -> Call<Option<Vec<Exported>>> {
        self.ledger.export(&self.user_id, fence, ranges)
    }

    /// The profile and the personas; none when everything was forgotten since.
    pub fn export_people(&self, fence: Fence) -> Call<Option<ExportExtras>> {
        self.ledger.export_people(&self.user_id, fence, self.now())
    }

    /// What was set aside; none when everything was forgotten since.
    pub fn export_rest(&self, fence: Fence) -> Call<Option<ExportExtras>> {
        self.ledger.export_rest(&self.user_id, fence)
    }

    /// Makes a conversation whole; what cannot be read is set aside.
    pub fn repair(&self, conversation_id: &str) -> Call<Repaired> {
        self.ledger.repair(&self.user_id, conversation_id, &self.default_persona, self.now())
    }

    /// The ids of all conversations of which there is anything.
    pub fn traces(&self) -> Call<Vec<String>> {
        self.ledger.traces(&self.user_id)
    }

    /// The same for the profile, the personas, and what waits.
    pub fn repair_people(&self) -> Call<Repaired> {
        self.ledger.repair_people(&self.user_id, self.now())
    }
}
