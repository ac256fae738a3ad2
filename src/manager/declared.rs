//! Records are declared once: TypeScript is told of the very fields that are stored.

use tsify::Tsify;

use crate::{ledger::*, records::*};

/// The names of the fields that TypeScript is told of.
fn declared(declaration: &str) -> Vec<&str> {
    let lines = declaration.lines().filter(|line| !line.contains('*'));
    let fields = lines.filter_map(|line| line.trim().split_once(':'));
    fields.map(|(name, _)| name.trim_end_matches('?')).collect()
}

#[test]
fn records_have_the_fields_that_typescript_is_told_of() {
    let mut count = 0;
    macro_rules! as_declared {
        ($($record:ty),* $(,)?) => {
            $(assert_eq!(declared(<$record>::DECL), <$record>::FIELDS, "{}", <$record>::DECL);
            count += 1;)*
        };
    }
    as_declared!(
        Fence,
        Change,
        Progress,
        SyncCursor,
        MissedChanges,
        Update,
        Conversation,
        ConversationSummary,
        Message,
        NewMessage,
        MessageChange,
        Thread,
        Arriving,
        Siblings,
        Tree,
        PastResult,
        RecallOptions,
        PendingTurn,
        TurnRequest,
        DeadOwners,
        BegunTurn,
        TurnOutcome,
        Arrived,
        Persona,
        NewPersona,
        PromptTurn,
        Prompt,
        PromptReport,
        Import,
        Imported,
        ImportProblem,
        Exported,
        ExportExtras,
        Damaged,
        Repaired,
        Intent,
        Reference,
        Visualization,
        User,
        UserProfile,
        Upload,
        FileContent,
        StoredFile,
    );
    // None of them is forgotten here.
    let mut files = vec![std::path::PathBuf::from("src")];
    let mut there = 0;
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let source = std::fs::read_to_string(path).unwrap();
            let heads = source.split("record! {\n").skip(1).filter_map(|rest| rest.split_once(" struct "));
            there += heads.filter(|(head, _)| head.contains("Tsify")).count();
        }
    }
    assert_eq!(count, there);
}
