//! An allocator that puts each allocation beside a page that nobody may touch, so that reading or writing past its end, or before its
//! start, ends the process at once; so does touching it after it was freed. It is on for the allocations of a closure ([`guarded`]), in
//! the test binary that installs [`Guard`].
//!
//! An allocation that ends at its page ends there to the byte where its alignment allows it. Lists that start at a cache line
//! (`kernels::lined`) end at the page when they hold whole lines, which is why the tests choose sizes that do.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Address space that guarded allocations are cut from, each once: it takes no memory until it is touched.
const RESERVED: usize = 256 << 30;

/// Smaller allocations aren't guarded: names and the like, of which reading a file makes thousands.
const SMALLEST: usize = 32;

/// Where an allocation lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Its end is the start of a forbidden page.
    End,
    /// Its start is the end of one.
    Start,
}

pub struct Guard;

static START: AtomicUsize = AtomicUsize::new(0);
static TAKEN: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static SIDE: Cell<Option<Side>> = const { Cell::new(None) };
}

/// Runs a closure whose allocations are guarded. What it returns may be used and freed later.
pub fn guarded<T>(side: Side, run: impl FnOnce() -> T) -> T {
    reserve();
    SIDE.set(Some(side));
    let result = run();
    SIDE.set(None);
    result
}

/// Bytes of a page, the emulated CPU's too.
pub fn page() -> usize {
    // SAFETY: asks for a number.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).expect("pages have a size")
}

fn reserve() {
    if START.load(Ordering::Acquire) != 0 {
        return;
    }
    // SAFETY: new address space, which nobody may touch yet.
    let start = unsafe {
        libc::mmap(
            null_mut(),
            RESERVED,
            libc::PROT_NONE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    assert!(start != libc::MAP_FAILED, "no address space to guard");
    // Two threads that come here at once leave one reservation unused.
    let _ = START.compare_exchange(0, start as usize, Ordering::AcqRel, Ordering::Acquire);
}

/// Pages for an allocation, without the forbidden one.
fn pages(layout: Layout) -> usize {
    layout.size().max(1).next_multiple_of(page())
}

fn is_guarded(address: *mut u8) -> bool {
    let start = START.load(Ordering::Acquire);
    start != 0 && (start..start + RESERVED).contains(&(address as usize))
}

// SAFETY: guarded blocks are cut one behind the other from a mapping of their own, each at least as large and as aligned as asked for;
// all others are the system's.
unsafe impl GlobalAlloc for Guard {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(side) = SIDE.get().filter(|_| layout.size() >= SMALLEST) else {
            // SAFETY: the caller's promise.
            return unsafe { System.alloc(layout) };
        };
        let (page, pages) = (page(), pages(layout));
        // A forbidden page before and behind it; the next one's first is this one's last.
        let offset = TAKEN.fetch_add(pages + page, Ordering::AcqRel) + page;
        if layout.align() > page || offset + pages + page > RESERVED {
            return null_mut();
        }
        let first = (START.load(Ordering::Acquire) + offset) as *mut u8;
        // SAFETY: pages of the reservation that nobody else was given.
        unsafe {
            let access = libc::PROT_READ | libc::PROT_WRITE;
            if libc::mprotect(first.cast(), pages, access) != 0 {
                return null_mut();
            }
            match side {
                Side::Start => first,
                Side::End => first.add((pages - layout.size()) / layout.align() * layout.align()),
            }
        }
    }

    unsafe fn dealloc(&self, address: *mut u8, layout: Layout) {
        if !is_guarded(address) {
            // SAFETY: the caller's promise.
            unsafe { System.dealloc(address, layout) };
            return;
        }
        let first = address as usize / page() * page();
        // SAFETY: the pages of this allocation, which nobody uses any more. Mapping them anew gives their memory back.
        unsafe {
            libc::mmap(
                first as *mut libc::c_void,
                pages(layout),
                libc::PROT_NONE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_FIXED,
                -1,
                0,
            );
        }
    }
}
