//! One turn, as JavaScript drives it.

use js_sys::JsString;
use wasm_bindgen::prelude::*;

use super::{error::to_js_error, read};
use crate::{
    agent::{self, Stage},
    error::Error,
    records::{Metadata, record::Field},
    value::Value,
};

/// How far a turn has come, and what has arrived of its answer.
#[wasm_bindgen]
pub struct Turn {
    turn: agent::Turn,
}

#[wasm_bindgen]
impl Turn {
    /// A turn whose question is stored, at a time in milliseconds.
    #[wasm_bindgen(constructor)]
    pub fn new(now: f64) -> Turn {
        Turn { turn: agent::Turn::new(now) }
    }

    /// Goes on to the next stage.
    pub fn advance(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "\"understood\" | \"retrieved\" | \"analysed\" | \"visualised\"")]
        stage: JsString,
    ) -> Result<(), JsValue> {
        let stage = match String::from(stage).as_str() {
            "understood" => Stage::Understood,
            "retrieved" => Stage::Retrieved,
            "analysed" => Stage::Analysed,
            "visualised" => Stage::Visualised,
            _ => return Err(to_js_error(Error::invalid("stage", "one of a turn's"))),
        };
        self.turn.advance(stage).map_err(to_js_error)
    }

    /// Ends the turn. Whether it had not ended before.
    pub fn end(&mut self) -> bool {
        self.turn.end()
    }

    /// Adds what has arrived. Whether the draft is to be saved now.
    pub fn hear(&mut self, delta: &str, now: f64) -> bool {
        self.turn.hear(delta, now)
    }

    /// What has arrived so far.
    #[wasm_bindgen(getter)]
    pub fn text(&self) -> String {
        self.turn.text().to_owned()
    }
}

/// What a model's answer holds.
#[wasm_bindgen(js_name = parseAnswer, unchecked_return_type = "Analysis")]
pub fn parse_answer(text: &str) -> JsValue {
    agent::parse_answer(text).write().into()
}

/// A chart of dimensions that have a number.
#[wasm_bindgen(unchecked_return_type = "Visualization | undefined")]
pub fn chart(#[wasm_bindgen(unchecked_param_type = "Metadata[]")] dimensions: JsValue) -> Result<JsValue, JsValue> {
    let dimensions: Vec<Metadata> = read("dimensions", dimensions).map_err(to_js_error)?;
    Ok(agent::chart(&dimensions).as_ref().map_or_else(Value::missing, Field::write).into())
}
