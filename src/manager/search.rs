//! What a search box shows.

use std::rc::Rc;

use super::{ConversationManager, recall::ends_of};
use crate::{
    error::Result,
    ledger::{IndexedConversation, Wanted},
    order::sorted,
    recall::{
        index::ConversationIndex,
        rank::{Hit, Matches, Query, Search, TextSearch, search, snippet},
    },
    records::{
        Message, SearchHit, limits,
        record::{Stored, read_field},
    },
};

/// Of one conversation among all so many messages are shown: a list is to show where to look.
const MESSAGES_PER_CONVERSATION: usize = 3;

/// So many times as many messages as are wanted are looked at, at most: of the last word only stems are in the index, and the text
/// decides.
const MAX_READ_FACTOR: usize = 8;

impl ConversationManager {
    /// What a search box shows for what was typed so far: messages in which all words stand, the last one as a beginning, and
    /// titles. Each with a part of the text around the words, and where these stand in it.
    ///
    /// Of all conversations those whose title matches come first, the newest first, then those with the best messages; at most three of
    /// each, one behind the other. With `conversation_id` messages of that conversation alone. At most `limit`: titles are the half of
    /// them, and more where there are fewer messages. Fails with `not-found` when there is no conversation of that id.
    pub async fn search(&self, text: &str, limit: u32, conversation_id: Option<&str>) -> Result<Vec<SearchHit>> {
        self.search_by(Query::of_words(&ends_of(text)), limit, conversation_id).await
    }

    /// What [`search`](Self::search) shows once all was typed: the last word as a whole, too.
    pub async fn search_whole_words(
        &self,
        text: &str,
        limit: u32,
        conversation_id: Option<&str>,
    ) -> Result<Vec<SearchHit>> {
        self.search_by(Query::of_words(&ends_of(text)).of_whole_words(), limit, conversation_id).await
    }

    async fn search_by(&self, query: Query, limit: u32, conversation_id: Option<&str>) -> Result<Vec<SearchHit>> {
        let limit = (limit as usize).min(limits::RECALLED);
        let mut attempt = 0;
        loop {
            self.prepare(conversation_id, &mut attempt).await?;
            let conversations = self.index.conversations(conversation_id);
            let opened: Vec<&ConversationIndex> = conversations.iter().filter_map(|one| one.opened()).collect();
            let mut results = Results { conversations: &conversations, limit, groups: Vec::new(), count: 0 };
            let titles = if conversation_id.is_none() { results.titles(&query) } else { Vec::new() };
            let (first, others) = titles.split_at(titles.len().min(limit.div_ceil(2)));
            results.add_titles(first);
            let most = if conversation_id.is_none() { MESSAGES_PER_CONVERSATION } else { limit };
            let found = (search(&query, &opened), conversation_id, attempt);
            if self.add_found(&mut results, found, most).await? {
                // Where there are fewer messages.
                results.add_titles(others);
                return Ok(results.into_hits());
            }
        }
    }

    /// Adds what was found, as far as the texts have the words. False when it is to be tried again.
    async fn add_found(
        &self,
        results: &mut Results<'_>,
        (mut search, id, attempt): (Search, Option<&str>, usize),
        most: usize,
    ) -> Result<bool> {
        let mut left = results.limit.saturating_mul(MAX_READ_FACTOR);
        loop {
            let portion: Vec<Hit> =
                search.by_ref().filter(|hit| results.has_room(hit, most)).take(results.limit).collect();
            left -= portion.len().min(left);
            let wanted = portion.iter().filter_map(|hit| {
                Some(Wanted { indexed: Rc::clone(results.conversations.get(hit.conversation)?), seq: hit.seq })
            });
            // Also without any: it tells whether what was asked is still so.
            let messages = self.read_found(id, wanted.collect(), attempt).await?;
            let Some(messages) = messages else { return Ok(false) };
            for (hit, message) in portion.iter().zip(messages).filter(|(_, message)| !message.is_null()) {
                let content: String = read_field(&message, "content").unwrap_or_default();
                let content = limits::indexed(&content);
                let matches = search.matches(content);
                if matches.is_match && results.count < results.limit && results.has_room(hit, most) {
                    let (snippet, ranges) = snippet(content, &matches);
                    results.add(hit.conversation, Some(Stored::known(message)), snippet, ranges);
                }
            }
            // What comes behind one of those that are unlikely is so, too.
            let is_unlikely = portion.last().is_none_or(|hit| hit.score == 0.0);
            if is_unlikely || results.count >= results.limit || left == 0 {
                return Ok(true);
            }
        }
    }
}

/// What is shown so far.
struct Results<'a> {
    conversations: &'a [Rc<IndexedConversation>],
    limit: usize,
    // Of each conversation, by its index, in the order in which they are shown.
    groups: Vec<(usize, Vec<SearchHit>)>,
    count: usize,
}

impl Results<'_> {
    /// The conversations whose titles match, the newest first, and what of the titles does.
    fn titles(&self, query: &Query) -> Vec<(usize, Matches)> {
        let indices = (0..self.conversations.len()).collect();
        let touched = |index: &usize| self.conversations.get(*index).map_or(0, |one| !one.log.touched);
        let mut search = TextSearch::of(query);
        let matching = sorted(indices, touched).into_iter().filter_map(|index| {
            let indexed = self.conversations.get(index)?;
            Some((index, search.matches(&indexed.title, indexed.title_terms())?))
        });
        matching.take(self.limit).collect()
    }

    fn add_titles(&mut self, titles: &[(usize, Matches)]) {
        for (index, matches) in titles {
            let Some(indexed) = self.conversations.get(*index).filter(|_| self.count < self.limit) else { return };
            let (snippet, ranges) = snippet(&indexed.title, matches);
            self.add(*index, None, snippet, ranges);
        }
    }

    /// Whether another message of its conversation is shown.
    fn has_room(&self, hit: &Hit, most: usize) -> bool {
        let group = self.groups.iter().find(|(index, _)| *index == hit.conversation);
        group.is_none_or(|(_, hits)| hits.iter().filter(|hit| hit.message.is_some()).count() < most)
    }

    fn add(&mut self, index: usize, message: Option<Stored<Message>>, snippet: String, ranges: Vec<(usize, usize)>) {
        let Some(indexed) = self.conversations.get(index) else { return };
        let (conversation_id, title) = (indexed.id.clone(), indexed.title.clone());
        let hit = SearchHit { conversation_id, title, message, snippet, ranges };
        match self.groups.iter_mut().find(|(other, _)| *other == index) {
            // A title stands before the messages.
            Some((_, hits)) if hit.message.is_none() => hits.insert(0, hit),
            Some((_, hits)) => hits.push(hit),
            None => self.groups.push((index, vec![hit])),
        }
        self.count += 1;
    }

    fn into_hits(self) -> Vec<SearchHit> {
        self.groups.into_iter().flat_map(|(_, hits)| hits).collect()
    }
}
