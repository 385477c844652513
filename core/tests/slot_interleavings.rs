//! The slot of a live session under every interleaving of the threads that use it. loom finds them all, and a thread that would wait for ever.
//!
//! The slot's own source is compiled here with loom's locks in the place of the standard library's.

mod sync {
    pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard};
}

#[path = "../src/live/slot.rs"]
mod slot;

use loom::sync::Arc;
use loom::thread;
use slot::{Put, Slot, Taken};

/// Written in two steps, so that half a value can be told.
type Value = [u64; 2];

fn put(slot: &Slot<Value>, order: u64) -> Put {
    let written: Result<Put, ()> = slot.put(order, |value| {
        value[0] = order;
        thread::yield_now();
        value[1] = order;
        Ok(())
    });
    written.expect("this write doesn't fail")
}

/// Takes until the slot is closed; the orders taken and how many had been dropped by the last.
fn take_all(slot: &Slot<Value>) -> (Vec<u64>, u64) {
    let (mut own, mut taken, mut dropped_before) = ([0; 2], Vec::new(), 0);
    loop {
        match slot.take(&mut own, None) {
            Taken::Value { order, dropped } => {
                assert_eq!(own, [order; 2], "half a value");
                taken.push(order);
                dropped_before = dropped;
            }
            Taken::Closed => return (taken, dropped_before),
            Taken::TimedOut => unreachable!("there is no deadline"),
        }
    }
}

#[test]
fn a_submit_a_next_and_a_close_end_in_every_order() {
    loom::model(|| {
        let slot = Arc::new(Slot::new([0; 2]));
        let taker = thread::spawn({
            let slot = Arc::clone(&slot);
            move || take_all(&slot).0
        });
        let camera = thread::spawn({
            let slot = Arc::clone(&slot);
            move || put(&slot, 1)
        });
        slot.close();
        let (taken, put) = (taker.join().unwrap(), camera.join().unwrap());
        assert!(taken.is_empty() || (taken == [1] && put == Put::Waiting));
    });
}

#[test]
fn frames_are_taken_in_their_order_and_each_is_taken_or_dropped() {
    loom::model(|| {
        let slot = Arc::new(Slot::new([0; 2]));
        let taker = thread::spawn({
            let slot = Arc::clone(&slot);
            move || take_all(&slot)
        });
        let put = [1, 2, 3].map(|order| put(&slot, order));
        slot.close();
        let (taken, dropped) = taker.join().unwrap();
        assert!(taken.is_sorted());
        let replaced = put.iter().filter(|&&put| put == Put::Replaced).count() as u64;
        assert!(dropped <= replaced);
        // One at most is left in the slot when it is closed.
        let left = 3 - replaced - taken.len() as u64;
        assert!(left <= 1, "{put:?} {taken:?}");
    });
}

#[test]
fn nothing_is_taken_once_close_has_returned() {
    loom::model(|| {
        let slot = Arc::new(Slot::new([0; 2]));
        let camera = thread::spawn({
            let slot = Arc::clone(&slot);
            move || [1, 2].map(|order| put(&slot, order))
        });
        slot.close();
        assert_eq!(slot.take(&mut [0; 2], None), Taken::Closed);
        camera.join().unwrap();
        assert_eq!(slot.take(&mut [0; 2], None), Taken::Closed);
        assert_eq!(put(&slot, 3), Put::Closed);
    });
}

#[test]
fn a_pause_that_ends_loses_no_wakeup() {
    loom::model(|| {
        let slot = Arc::new(Slot::new([0; 2]));
        let other = thread::spawn({
            let slot = Arc::clone(&slot);
            move || {
                slot.pause();
                slot.resume();
            }
        });
        let taker = thread::spawn({
            let slot = Arc::clone(&slot);
            move || slot.take(&mut [0; 2], None)
        });
        put(&slot, 1);
        other.join().unwrap();
        // Whatever became of the first, the second is taken if nothing was before.
        put(&slot, 2);
        assert!(matches!(
            taker.join().unwrap(),
            Taken::Value { order: 1 | 2, .. }
        ));
    });
}
