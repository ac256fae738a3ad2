//! Finding messages by what they say, in one conversation or all of this user's.

use std::rc::Rc;

use super::ConversationManager;
use crate::{
    error::{Error, Result},
    ledger::{IndexedConversation, Wanted},
    order::sorted,
    recall::{
        extract_entities_knowing,
        index::ConversationIndex,
        rank::{Hit, Matches, Nearness, Options, Query, QueryWords, RankResult, rank_again, weights},
    },
    records::{
        Message, PastResult, RecallHit, RecallOptions, limits,
        record::{Fit, Stored, read_field},
    },
    value::Value,
};

/// So often it is tried again when what was found has changed before it was read.
const ATTEMPTS: usize = 5;

/// Of a longer query so many bytes of its beginning and of its end are looked for: the question stands at one of them.
const QUERY_BYTES: usize = 1_000;

/// A message that was found, and its conversation.
pub(super) type FoundMessage = (Hit, Stored<Message>, Rc<IndexedConversation>);

impl ConversationManager {
    /// The messages that answer a question best, best first: of all conversations of this user, or of one. Those of branches that are
    /// not active are not among them. The same question over the same messages gives the same answer, everywhere.
    ///
    /// What is missing in the index is made first, in transactions of their own; the messages are read in one, which looks
    /// whether they are still as they were found. Fails with `not-found` when there is no conversation of that id.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// use conversation_memory::{ConversationManager, MemoryStore, NewMessage, RecallOptions, Role, SystemEnvironment};
    ///
    /// let memory = ConversationManager::open(MemoryStore::default(), SystemEnvironment::default(), "ada").await?;
    /// let conversation = memory.create_conversation(None, None).await?;
    /// memory.add_message(&conversation.id, NewMessage::new(Role::User, "My sister Ida moved to Oslo.")).await?;
    ///
    /// let hits = memory.recall("Where does my sister live?", RecallOptions { limit: 3, ..Default::default() }).await?;
    /// assert_eq!(hits[0].matched, ["sister"]);
    /// # Ok::<(), conversation_memory::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn recall(&self, query: &str, options: RecallOptions) -> Result<Vec<RecallHit>> {
        let text = ends_of(query);
        let look = Options {
            limit: usize::try_from(options.limit).unwrap_or(usize::MAX).min(limits::RECALLED),
            roles: &options.roles,
            after: options.after.map(|after| after.milliseconds()),
            before: options.before.map(|before| before.milliseconds()),
        };
        let (answer, found) = self.find((query, &Query::of(&text)), &look, options.conversation_id.as_deref()).await?;
        let query_words = QueryWords::of(&text);
        let hit = |(hit, message, _): FoundMessage| {
            let content: String = read_field(message.value(), "content").unwrap_or_default();
            let Matches { words, ranges, .. } = answer.matches(limits::indexed(&content));
            let author = message.value().get("author").text();
            let queried: Vec<&str> = words.iter().map(String::as_str).chain(author.as_deref()).collect();
            RecallHit { matched: query_words.among(&queried), message, score: hit.score, ranges }
        };
        Ok(found.into_iter().map(hit).collect())
    }

    /// Past assistant messages of all conversations that share entities with the caller's: those with the most first, then the newest.
    /// Fails with `not-found`, or with `invalid-input` for more than 1,000 entities.
    pub async fn get_past_results_everywhere(
        &self,
        conversation_id: &str,
        entities: &[String],
        limit: u32,
    ) -> Result<Vec<PastResult>> {
        limits::check_entities(entities)?;
        if self.get_conversation(conversation_id).await?.is_none() {
            return Err(Error::no_conversation(conversation_id));
        }
        let found = self.answers_about(entities, None, (limit as usize).min(limits::RECALLED)).await?;
        let results = found.into_iter().map(|(_, message, overlap)| PastResult::of(&message, overlap));
        results.collect::<Fit<_>>().map_err(Error::damaged_message)
    }

    /// Answers about entities in all conversations but one, with what they share: those with the most first, then the newest.
    pub(super) async fn answers_about(
        &self,
        entities: &[String],
        except: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(Wanted, Value, Vec<String>)>> {
        let mut attempt = 0;
        loop {
            self.prepare(None, &mut attempt).await?;
            let mut ranked = Vec::new();
            for indexed in self.index.conversations(None).into_iter().filter(|one| Some(one.id.as_str()) != except) {
                for one in indexed.past().rank(entities, limit) {
                    ranked.push((Wanted { indexed: Rc::clone(&indexed), seq: one.seq }, one.overlap));
                }
            }
            let ranked = sorted(ranked, |(Wanted { indexed, seq }, _)| !(indexed.created_at(*seq) as u64 ^ 1 << 63));
            let ranked = sorted(ranked, |(_, overlap)| !(overlap.len() as u64));
            let (wanted, overlaps): (Vec<_>, Vec<_>) = ranked.into_iter().take(limit).unzip();
            let Some(messages) = self.read_found(None, wanted.clone(), attempt).await? else { continue };
            let found = wanted.into_iter().zip(messages).zip(overlaps);
            let found = found.map(|((wanted, message), overlap)| (wanted, message, overlap));
            return Ok(found.filter(|(_, message, _)| !message.is_null()).collect());
        }
    }

    /// What a text is about: names, quoted phrases, dates, numbers and identifiers in it, and every entity that the messages of this
    /// user have named before; in the order in which they stand there, each once, as the text spells it.
    pub async fn extract_entities(&self, text: &str) -> Result<Vec<String>> {
        // Nothing is read behind it that would tell whether the index is still right.
        self.prepare(None, &mut 1).await?;
        let known = self.index.names();
        Ok(extract_entities_knowing(limits::indexed(text), &known.names, &known.spellings))
    }

    /// Brings the index up to date, has messages found by it, and reads them. Where one has changed meanwhile it begins again.
    pub(super) async fn find(
        &self,
        (text, query): (&str, &Query),
        options: &Options<'_>,
        id: Option<&str>,
    ) -> Result<(RankResult, Vec<FoundMessage>)> {
        let mut attempt = 0;
        loop {
            self.prepare(id, &mut attempt).await?;
            let vector = self.index.query_vector(text);
            if vector.is_some() {
                // Without them it is found by words alone.
                let _ = self.ledger.load_vectors(&self.index, &self.index.conversations(id)).await;
            }
            let (answer, wanted) = self.index.ask(id, |conversations, lookups| {
                let opened: Vec<&ConversationIndex> = conversations.iter().filter_map(|one| one.opened()).collect();
                let nearness = vector.as_ref().map_or_else(Nearness::default, |vector| {
                    let cosines = conversations.iter().filter(|one| one.opened().is_some());
                    Nearness::of(cosines.map(|one| one.nearness(vector)).collect(), weights::NEARNESS)
                });
                let answer = rank_again(query, &opened, options, lookups, &nearness);
                let wanted =
                    |hit: &Hit| Some(Wanted { indexed: Rc::clone(conversations.get(hit.conversation)?), seq: hit.seq });
                let wanted: Vec<Wanted> = answer.hits.iter().filter_map(wanted).collect();
                (answer, wanted)
            });
            let Some(messages) = self.read_found(id, wanted.clone(), attempt).await? else { continue };
            let found = answer.hits.iter().zip(wanted).zip(messages).filter(|(_, message)| !message.is_null());
            let found = found.map(|((hit, wanted), message)| (*hit, Stored::known(message), wanted.indexed)).collect();
            return Ok((answer, found));
        }
    }

    /// Before an attempt to find something: brings the index up to date, but before the first where all of it is in memory. Whether
    /// that is still right is known when what was found is read.
    pub(super) async fn prepare(&self, id: Option<&str>, attempt: &mut usize) -> Result<()> {
        *attempt += 1;
        if *attempt == 1 && self.index.is_loaded(id) {
            return Ok(());
        }
        if id.is_none() {
            self.index.clear_unless_registered();
        }
        self.index_all(id).await
    }

    /// What was found; none when it is to be tried again. The last attempt gives what can be read.
    pub(super) async fn read_found(
        &self,
        id: Option<&str>,
        wanted: Vec<Wanted>,
        attempt: usize,
    ) -> Result<Option<Vec<Value>>> {
        let is_last = attempt >= ATTEMPTS || (id.is_none() && !self.index.is_registered());
        let found = self.ledger.found(&self.index, id, wanted, is_last).await?;
        Ok(found.filter(|found| is_last || !found.iter().any(Value::is_null)))
    }

    /// Brings the index up to date, of one conversation or of all.
    pub(super) async fn index_all(&self, id: Option<&str>) -> Result<()> {
        while self.ledger.refresh(&self.index, id).await? {}
        Ok(())
    }

    /// Says that the application has a model that makes vectors of texts, and what it calls it. From then on
    /// [`texts_to_embed`](Self::texts_to_embed) tells of which texts vectors are wanted. Vectors that were stored under another name, or
    /// have another length than the newest ones, are not used, and are made again.
    pub fn use_model(&self, name: &str) {
        self.index.use_model(name);
    }

    /// Says what vector the model has made of a query: [`recall`](Self::recall) and prompts of the same query find by meaning, too, as
    /// far as messages have vectors. False when it is no vector: empty, all zero, or with a component that is no number.
    pub fn know_query(&self, query: &str, vector: &[f32]) -> bool {
        self.index.keep_query(query, vector)
    }

    /// The texts of which vectors are wanted next: passages of messages that are loaded for recall, or were added
    /// here and told to a listener, as a rule at most
    /// `most` of them, and more when one message has more. Empty when there are none. What was made of them goes to
    /// [`put_vectors`](Self::put_vectors).
    ///
    /// ```
    /// # pollster::block_on(async {
    /// use conversation_memory::{ConversationManager, MemoryStore, NewMessage, RecallOptions, Role, SystemEnvironment};
    ///
    /// // Puts animals, and all else, together.
    /// let model = |text: &str| vec![f32::from(text.contains("cat") || text.contains("kitten")), 0.1];
    ///
    /// let memory = ConversationManager::open(MemoryStore::default(), SystemEnvironment::default(), "ada").await?;
    /// memory.use_model("animals");
    /// let conversation = memory.create_conversation(None, None).await?;
    /// for content in ["The kitten sleeps.", "It rains.", "Bread rises.", "The train is late."] {
    ///     memory.add_message(&conversation.id, NewMessage::new(Role::User, content)).await?;
    /// }
    /// memory.recall("cats", RecallOptions::default()).await?; // loads the index
    /// loop {
    ///     let texts = memory.texts_to_embed(32).await?;
    ///     if texts.is_empty() {
    ///         break;
    ///     }
    ///     assert!(memory.put_vectors(&texts.iter().map(|text| model(text)).collect::<Vec<_>>()).await?);
    /// }
    ///
    /// memory.know_query("cats", &model("cats"));
    /// let hits = memory.recall("cats", RecallOptions { limit: 1, ..Default::default() }).await?;
    /// assert_eq!(hits[0].message.value().get("content").text().as_deref(), Some("The kitten sleeps."));
    /// # Ok::<(), conversation_memory::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn texts_to_embed(&self, most: usize) -> Result<Vec<String>> {
        self.ledger.texts_to_embed(&self.index, most).await
    }

    /// Stores the vectors of the texts that were given out last, in their order, in one transaction; those of messages that say something
    /// else by now are dropped. False, and nothing is stored, when they are not as many as the texts, or one of them is no vector or of
    /// another length than the others.
    pub async fn put_vectors(&self, vectors: &[Vec<f32>]) -> Result<bool> {
        self.ledger.put_vectors(&self.index, vectors).await
    }

    /// Does a piece of what is to be done for recall in the background. Whether there is more.
    pub async fn index_step(&self) -> Result<bool> {
        self.ledger.index_step(&self.index).await
    }
}

/// The beginning and the end of a text; all of one that is not long.
pub(super) fn ends_of(text: &str) -> std::borrow::Cow<'_, str> {
    if text.len() <= 2 * QUERY_BYTES {
        return text.into();
    }
    let is_boundary = |at: &usize| text.is_char_boundary(*at);
    let begin = (0..=QUERY_BYTES).rev().find(is_boundary).and_then(|end| text.get(..end)).unwrap_or_default();
    let end = (text.len() - QUERY_BYTES..text.len()).find(is_boundary).and_then(|start| text.get(start..));
    [begin, end.unwrap_or_default()].join("\n").into()
}
