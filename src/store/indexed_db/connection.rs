//! A connection to a database.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use idb::Database;
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use web_sys::{IdbDatabase, IdbTransaction};

use super::error::from_exception;
use crate::{error::Result, store::Table, value::Value};

/// A connection, opened with `idb`. Clones of an [`Rc`] of it share it; it closes when nobody uses it any more.
pub struct Connection {
    database: Database,
    // The same once more: idb cannot begin a transaction with a chosen durability.
    raw: DatabaseWithOptions,
    // What every transaction is begun with.
    options: Object,
    // The names of the tables that calls have asked for so far: some twenty lists.
    names: RefCell<Vec<(&'static [Table], Array)>>,
    /// Whether the last rows of an index can be had in one request.
    pub has_get_all_records: bool,
    /// Whether the browser has closed it.
    pub is_lost: Rc<Cell<bool>>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Their closures go with it, and WebKit still fires at a closed connection what was on its way to it.
        self.raw.set_onversionchange(None);
        self.raw.set_onclose(None);
        self.database.close();
    }
}

impl Connection {
    /// The connection, whose transactions are begun with these options.
    pub fn new(database: Database, raw: IdbDatabase, options: Object, is_lost: Rc<Cell<bool>>) -> Self {
        let raw = raw.unchecked_into();
        let names = RefCell::default();
        Self { database, raw, options, names, has_get_all_records: has_get_all_records(), is_lost }
    }

    /// The database as the browser has it.
    pub fn raw(&self) -> &IdbDatabase {
        &self.raw
    }

    /// Begins a transaction.
    pub fn begin(&self, tables: &'static [Table], writes: bool) -> Result<IdbTransaction> {
        let mode = Value::name(if writes { "readwrite" } else { "readonly" });
        self.raw.transaction(&self.names_of(tables), mode.as_ref(), &self.options).map_err(from_exception)
    }

    fn names_of(&self, tables: &'static [Table]) -> Array {
        let mut known = self.names.borrow_mut();
        if let Some((_, names)) = known.iter().find(|(of, _)| std::ptr::eq(*of, tables)) {
            return names.clone();
        }
        let names: Array = tables.iter().map(|table| JsValue::from(Value::name(table.name()))).collect();
        known.push((tables, names.clone()));
        names
    }
}

fn has_get_all_records() -> bool {
    let class = Reflect::get(&js_sys::global(), &"IDBIndex".into());
    let prototype = class.and_then(|class| Reflect::get(&class, &"prototype".into()));
    prototype.and_then(|prototype| Reflect::has(&prototype, &"getAllRecords".into())).unwrap_or(false)
}

#[wasm_bindgen]
extern "C" {
    /// A database whose transactions take options; web-sys still counts that among the unstable interfaces.
    #[wasm_bindgen(extends = IdbDatabase)]
    type DatabaseWithOptions;

    #[wasm_bindgen(method, catch)]
    fn transaction(
        this: &DatabaseWithOptions,
        stores: &Array,
        mode: &JsValue,
        options: &Object,
    ) -> std::result::Result<IdbTransaction, JsValue>;
}
