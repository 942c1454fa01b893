// SPDX-License-Identifier: GPL-2.0

//! A module outside of the kernel's tree, for tests: it counts down when it is loaded, and says so when it goes.

use kernel::prelude::*;

module! {
    type: Countdown,
    name: "countdown",
    authors: ["krustup"],
    description: "Counts down",
    license: "GPL",
}

struct Countdown {
    left: KVec<u8>,
}

impl kernel::Module for Countdown {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let mut left = KVec::new();
        for n in (1..=3).rev() {
            left.push(n, GFP_KERNEL)?;
        }
        pr_info!("{left:?}\n");
        Ok(Countdown { left })
    }
}

impl Drop for Countdown {
    fn drop(&mut self) {
        pr_info!("gone after {}\n", self.left.len());
    }
}
