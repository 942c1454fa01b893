// Traits, generics and associated types, without core.
#![feature(no_core)]
#![no_core]
#![feature(lang_items)]

#[lang = "sized"]
pub trait Sized {}

#[lang = "copy"]
pub trait Copy {}

#[lang = "add"]
pub trait Add<Rhs = Self> {
    type Output;
    fn add(self, rhs: Rhs) -> Self::Output;
}

pub struct Metres(i32);

impl Add for Metres {
    type Output = Metres;
    fn add(self, rhs: Metres) -> Metres {
        Metres(self.0 + rhs.0)
    }
}

pub enum Maybe<T> {
    Some(T),
    None,
}

impl<T> Maybe<T> {
    fn or(self, other: T) -> T {
        match self {
            Maybe::Some(value) => value,
            Maybe::None => other,
        }
    }
}

#[no_mangle]
pub extern "C" fn total(a: i32, b: i32) -> i32 {
    let sum = Metres(a) + Metres(b);
    Maybe::Some(sum.0).or(0)
}
