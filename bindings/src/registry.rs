//! Sessions by number: what the fast path of `native_submit` is handed in the stead of a pointer.
//!
//! A number names a place and how many sessions it had before. So a number that is old, made up or of a session that is gone finds nothing.

use std::sync::{Arc, PoisonError, RwLock, Weak};

use crate::live::LiveSession;

/// All sessions that have asked for a number.
pub static SESSIONS: Registry<LiveSession> = Registry::new();

/// The most sessions that a place can have, one after another; then it stays empty.
const MOST_GENERATIONS: u32 = i32::MAX as u32;

/// Values behind numbers. It keeps none of them alive.
pub struct Registry<T> {
    places: RwLock<Places<T>>,
}

struct Places<T> {
    all: Vec<Place<T>>,
    free: Vec<u32>,
}

struct Place<T> {
    /// From 1 on, so that no number is 0.
    generation: u32,
    value: Weak<T>,
}

/// The number of a value; never 0, never negative, never used for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle(i64);

impl Handle {
    fn new(index: u32, generation: u32) -> Self {
        Self(i64::from(generation) << 32 | i64::from(index))
    }

    fn index(self) -> usize {
        self.0 as u32 as usize
    }

    fn generation(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

impl From<i64> for Handle {
    fn from(number: i64) -> Self {
        Self(number)
    }
}

impl From<Handle> for i64 {
    fn from(handle: Handle) -> Self {
        handle.0
    }
}

impl<T> Registry<T> {
    /// Without a value.
    pub const fn new() -> Self {
        Self {
            places: RwLock::new(Places {
                all: Vec::new(),
                free: Vec::new(),
            }),
        }
    }

    /// Gives a value a number; `None` once four billion have one at the same time.
    pub fn insert(&self, value: &Arc<T>) -> Option<Handle> {
        let mut places = self.places.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = places.free.pop() {
            let place = &mut places.all[index as usize];
            place.value = Arc::downgrade(value);
            return Some(Handle::new(index, place.generation));
        }
        let index = u32::try_from(places.all.len()).ok()?;
        places.all.push(Place {
            generation: 1,
            value: Arc::downgrade(value),
        });
        Some(Handle::new(index, 1))
    }

    /// Takes the number back. It finds nothing from then on.
    pub fn remove(&self, handle: Handle) {
        let mut places = self.places.write().unwrap_or_else(PoisonError::into_inner);
        let Some(place) = places.all.get_mut(handle.index()) else {
            return;
        };
        if place.generation != handle.generation() {
            return;
        }
        place.value = Weak::new();
        place.generation += 1;
        if place.generation < MOST_GENERATIONS {
            places.free.push(handle.index() as u32);
        }
    }

    /// The value behind the number, while it lives.
    #[cfg(any(target_os = "android", feature = "host-jni", test))]
    pub fn get(&self, handle: Handle) -> Option<Arc<T>> {
        let places = self.places.read().unwrap_or_else(PoisonError::into_inner);
        let place = places.all.get(handle.index())?;
        (place.generation == handle.generation())
            .then(|| place.value.upgrade())
            .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_finds_its_value_and_no_other() {
        let registry = Registry::new();
        let values = ["one", "two", "three"].map(Arc::new);
        let handles = values
            .each_ref()
            .map(|value| registry.insert(value).expect("there is room"));
        for (value, handle) in values.iter().zip(handles) {
            assert_eq!(registry.get(handle).as_ref(), Some(value));
        }
    }

    #[test]
    fn numbers_that_were_never_given_find_nothing() {
        let registry = Registry::new();
        let value = Arc::new(());
        let given = i64::from(registry.insert(&value).unwrap());
        for number in [
            0,
            1,
            -1,
            given + 1,
            given + (1 << 32),
            -given,
            i64::MIN,
            i64::MAX,
        ] {
            assert!(registry.get(Handle::from(number)).is_none(), "{number}");
        }
    }

    #[test]
    fn a_number_taken_back_stays_dead_when_its_place_is_used_again() {
        let registry = Registry::new();
        let (first, second) = (Arc::new(1), Arc::new(2));
        let old = registry.insert(&first).unwrap();
        registry.remove(old);
        assert!(registry.get(old).is_none());
        let new = registry.insert(&second).unwrap();
        assert_eq!(new.index(), old.index());
        assert!(registry.get(old).is_none());
        registry.remove(old);
        assert_eq!(registry.get(new), Some(second));
    }

    #[test]
    fn a_value_that_is_dropped_is_found_no_more() {
        let registry = Registry::new();
        let value = Arc::new(5);
        let handle = registry.insert(&value).unwrap();
        drop(value);
        assert!(registry.get(handle).is_none());
    }

    #[test]
    fn a_place_that_has_had_its_share_of_values_is_left_empty() {
        let registry = Registry::new();
        let value = Arc::new(());
        let first = registry.insert(&value).unwrap();
        registry.places.write().unwrap().all[first.index()].generation = MOST_GENERATIONS - 1;
        let last = Handle::new(first.index() as u32, MOST_GENERATIONS - 1);
        assert!(i64::from(last) > 0);
        registry.remove(last);
        assert_ne!(registry.insert(&value).unwrap().index(), first.index());
    }
}
