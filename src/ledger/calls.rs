//! The calls under way, which a ledger that is closed still lets end.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    rc::Rc,
    task::{Poll, Waker},
};

/// How many calls are under way.
#[derive(Default)]
pub struct Calls {
    under_way: Cell<usize>,
    waiting: RefCell<Vec<Waker>>,
}

/// A call under way, until it is dropped.
pub struct UnderWay(Rc<Calls>);

impl Calls {
    /// Counts a call.
    pub fn begin(self: &Rc<Self>) -> UnderWay {
        self.under_way.set(self.under_way.get() + 1);
        UnderWay(Rc::clone(self))
    }

    /// Whether there is one.
    pub fn are_under_way(&self) -> bool {
        self.under_way.get() > 0
    }

    /// Waits until no call is under way.
    pub async fn ended(&self) {
        poll_fn(|context| {
            if !self.are_under_way() {
                return Poll::Ready(());
            }
            self.waiting.borrow_mut().push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let left = self.0.under_way.get() - 1;
        self.0.under_way.set(left);
        if left == 0 {
            self.0.waiting.take().into_iter().for_each(Waker::wake);
        }
    }
}
