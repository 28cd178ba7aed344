//! Counts what reading a text costs, in tests only: bytes and tokens looked at. Time differs from
//! run to run; a count does not, so a test can say that twice the text costs twice the work.
//! Must not know what is being read.

#[cfg(not(test))]
pub(crate) use disabled::add;
#[cfg(test)]
pub(crate) use enabled::{add, of};

#[cfg(not(test))]
mod disabled {
    pub(crate) fn add(_steps: usize) {}
}

#[cfg(test)]
mod enabled {
    use std::cell::Cell;

    thread_local! {
        static STEPS: Cell<usize> = const { Cell::new(0) };
    }

    pub(crate) fn add(steps: usize) {
        STEPS.set(STEPS.get() + steps);
    }

    /// The steps that the call takes.
    pub(crate) fn of<T>(call: impl FnOnce() -> T) -> usize {
        STEPS.set(0);
        call();
        STEPS.get()
    }
}
