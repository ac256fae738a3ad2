//! Finding messages by what they say.

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::{Core, read, settled};
use crate::records::{RecallHit, RecallOptions, SearchHit, record::Field};

#[wasm_bindgen]
impl Core {
    /// The messages that answer a question.
    #[wasm_bindgen(unchecked_return_type = "Promise<RecallHit[]>")]
    pub fn recall(
        &self,
        query: String,
        #[wasm_bindgen(unchecked_param_type = "RecallOptions")] options: JsValue,
    ) -> Promise {
        let manager = Rc::clone(&self.manager);
        settled(Box::pin(async move {
            let hits = manager.recall(&query, read::<RecallOptions>("options", options)?).await?;
            Ok(hits.iter().map(RecallHit::write).collect())
        }))
    }

    /// What a search box shows; `prefix`: the last word may go on.
    #[wasm_bindgen(unchecked_return_type = "Promise<SearchHit[]>")]
    pub fn search(&self, text: String, limit: u32, conversation_id: Option<String>, prefix: bool) -> Promise {
        let manager = Rc::clone(&self.manager);
        settled(Box::pin(async move {
            let hits = if prefix {
                manager.search(&text, limit, conversation_id.as_deref()).await?
            } else {
                manager.search_whole_words(&text, limit, conversation_id.as_deref()).await?
            };
            Ok(hits.iter().map(SearchHit::write).collect())
        }))
    }

    /// Past assistant messages of all conversations that share entities.
    #[wasm_bindgen(js_name = getPastResultsEverywhere, unchecked_return_type = "Promise<PastResult[]>")]
    pub fn get_past_results_everywhere(&self, conversation_id: String, entities: Vec<String>, limit: u32) -> Promise {
        let manager = Rc::clone(&self.manager);
        settled(Box::pin(async move {
            let results = manager.get_past_results_everywhere(&conversation_id, &entities, limit).await?;
            Ok(results.write())
        }))
    }

    /// What a text is about.
    #[wasm_bindgen(js_name = extractEntities, unchecked_return_type = "Promise<string[]>")]
    pub fn extract_entities(&self, text: String) -> Promise {
        let manager = Rc::clone(&self.manager);
        settled(Box::pin(async move { Ok(manager.extract_entities(&text).await?.write()) }))
    }

    /// Says that the application has a model, and what it calls it.
    #[wasm_bindgen(js_name = indexModel)]
    pub fn index_model(&self, name: &str) {
        self.manager.use_model(name);
    }

    /// Says what vector the model has made of a query.
    #[wasm_bindgen(js_name = indexQuery)]
    pub fn index_query(&self, query: &str, vector: &[f32]) {
        self.manager.know_query(query, vector);
    }

    /// The texts of which vectors are wanted next.
    #[wasm_bindgen(js_name = indexTexts, unchecked_return_type = "Promise<string[]>")]
    pub fn index_texts(&self, most: u32) -> Promise {
        let manager = Rc::clone(&self.manager);
        settled(Box::pin(async move { Ok(manager.texts_to_embed(most as usize).await?.write()) }))
    }

    /// Stores their vectors, all of this length, one after the other. Whether they fit.
    #[wasm_bindgen(js_name = indexVectors, unchecked_return_type = "Promise<boolean>")]
    pub fn index_vectors(&self, vectors: &[f32], length: u32) -> Promise {
        let manager = Rc::clone(&self.manager);
        let vectors: Vec<Vec<f32>> = vectors.chunks(length.max(1) as usize).map(<[f32]>::to_vec).collect();
        settled(Box::pin(async move { Ok(manager.put_vectors(&vectors).await?.into()) }))
    }

    /// Does a piece of what is to be done for recall in the background. Whether there is more.
    #[wasm_bindgen(js_name = indexStep, unchecked_return_type = "Promise<boolean>")]
    pub fn index_step(&self) -> Promise {
        let manager = Rc::clone(&self.manager);
        settled(Box::pin(async move { Ok(manager.index_step().await?.into()) }))
    }
}
