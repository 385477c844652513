//! A plan takes all its memory when it is made: running it takes none. Held by an allocator that counts.

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use moue_nn::Model;
use support::{Random, network};

struct Counting;

thread_local! {
    // Per thread, so that the test harness's own threads don't count.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

fn count(bytes: usize) {
    ALLOCATIONS.set(ALLOCATIONS.get() + 1);
    LARGEST.set(LARGEST.get().max(bytes));
}

// SAFETY: every call is handed to the system's allocator unchanged; counting touches two integers of the thread and allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps `alloc`'s contract, which is the system's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from the system's allocator with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: as for `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: as for `dealloc`; the caller vouches for `size`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn running_a_plan_allocates_nothing() {
    for seed in 0..40 {
        let mut random = Random(seed);
        let network = network::random(&mut random);
        let model = Model::from_bytes(&network.file().encode()).unwrap();
        let mut plan = model.plan(network.height, network.width).unwrap();
        let luma = random.bytes(network.height * network.width);
        let before = ALLOCATIONS.get();
        plan.run(&luma).unwrap();
        assert!(!plan.output(0).data.is_empty());
        assert_eq!(ALLOCATIONS.get(), before, "seed {seed}");
    }
}

#[test]
fn a_file_of_empty_messages_is_refused_before_it_grows_in_memory() {
    // Two bytes each: a node, an initialiser, a graph input, a graph output; a metadata entry outside the graph.
    for (outer, tag) in [
        (true, 0x0a),
        (true, 0x2a),
        (true, 0x5a),
        (true, 0x62),
        (false, 0x72),
        (false, 0x42),
    ] {
        let empty = [tag, 0].repeat(4 << 20);
        let bytes = if outer {
            support::onnx::Message::default().bytes(7, &empty).0
        } else {
            empty
        };
        LARGEST.set(0);
        let before = ALLOCATIONS.get();
        let error = Model::from_bytes(&bytes).unwrap_err();
        assert!(error.to_string().contains("too many"), "{error}");
        // A list of the default 32,768 initialisers, doubled once too often, is the largest thing there may be.
        assert!(
            LARGEST.get() <= 16 << 20,
            "{} bytes at once for field tag {tag:#x}",
            LARGEST.get()
        );
        assert!(ALLOCATIONS.get() - before < 1_000);
    }
}

#[test]
fn a_length_that_the_file_only_claims_takes_no_memory() {
    let mut bytes = vec![0x3a];
    support::onnx::push_varint(&mut bytes, 1 << 40);
    bytes.extend_from_slice(&[0; 64]);
    LARGEST.set(0);
    Model::from_bytes(&bytes).unwrap_err();
    assert!(LARGEST.get() < 4096);
}
