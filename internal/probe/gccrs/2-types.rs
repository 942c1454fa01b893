// Structures, enums, references and loops, without core.
#![feature(no_core)]
#![no_core]
#![feature(lang_items)]

#[lang = "sized"]
pub trait Sized {}

pub struct Point {
    x: i32,
    y: i32,
}

pub enum Shape {
    Dot,
    Line(i32),
}

#[no_mangle]
pub extern "C" fn weight(shape: Shape, point: &Point) -> i32 {
    let mut sum = 0;
    let mut i = 0;
    while i < point.x {
        sum += point.y;
        i += 1;
    }
    match shape {
        Shape::Dot => sum,
        Shape::Line(length) => sum + length,
    }
}
