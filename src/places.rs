//! Which id is where.

/// The ids of a conversation, each once, and where each of them is. (A map of the standard library would be 2 KB of the
/// module.)
#[derive(Default)]
pub struct Places {
    ids: Vec<String>,
    /// More than twice as many as there are ids, and each id near the place that its hash names: its number and one
    /// more, because 0 is a free place.
    table: Vec<usize>,
}

impl Places {
    /// How many ids there are.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// The id at a place; an empty one when there is none.
    pub fn id(&self, place: usize) -> &str {
        self.ids.get(place).map_or("", String::as_str)
    }

    /// All of them, in their order.
    pub fn into_ids(self) -> Vec<String> {
        self.ids
    }

    /// Where an id is.
    pub fn find(&self, id: &str) -> Option<usize> {
        self.table.get(self.slot(id)?)?.checked_sub(1)
    }

    /// Adds an id that is not there.
    pub fn add(&mut self, id: String) {
        self.ids.push(id);
        if self.ids.len() * 2 < self.table.len() {
            self.enter(self.ids.len() - 1);
            return;
        }
        self.table = vec![0; self.ids.len() * 4];
        for place in 0..self.ids.len() {
            self.enter(place);
        }
    }

    fn enter(&mut self, place: usize) {
        if let Some(entry) = self.slot(self.id(place)).and_then(|slot| self.table.get_mut(slot)) {
            *entry = place + 1;
        }
    }

    /// Where in the table an id is, or else a free place for it; none in an empty table.
    fn slot(&self, id: &str) -> Option<usize> {
        let hash = id.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        let mut slot = (hash as usize).checked_rem(self.table.len())?;
        loop {
            match self.table.get(slot)?.checked_sub(1) {
                Some(place) if self.id(place) != id => slot = (slot + 1) % self.table.len(),
                _ => return Some(slot),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_id_is_found_where_it_was_added() {
        let mut places = Places::default();
        assert_eq!(places.find(""), None);
        for place in 0..1_000 {
            assert_eq!(places.find(&place.to_string()), None);
            places.add(place.to_string());
            assert_eq!(places.find(&place.to_string()), Some(place));
        }
        assert!((0..1_000).all(|place| places.find(&place.to_string()) == Some(place)));
        assert_eq!((places.len(), places.id(7), places.id(1_000)), (1_000, "7", ""));
    }
}
