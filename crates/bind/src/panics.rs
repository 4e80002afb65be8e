//! For a module in which a panic is a trap and says nothing: what would put its words together is taken out.
//!
//! The standard library's functions that end a program are known by name. Each becomes a trap; what only they called, wasm-opt finds
//! to be called by nobody.

use std::error::Error;
use std::fs;
use std::path::Path;

use walrus::{FunctionBuilder, FunctionKind, ModuleConfig, ValType};

/// Where functions stand of which none returns, in the standard library. In `std::panicking` some do: what catches, and what counts.
const PLACES: [&str; 2] = ["core::panicking::", "alloc::raw_vec::handle_error"];
/// What others are called, wherever they stand in it.
const NAMES: [&str; 11] = [
    "unwrap_failed",
    "expect_failed",
    "capacity_overflow",
    "handle_alloc_error",
    "slice_error_fail",
    "slice_error_fail_rt",
    "slice_index_fail",
    "len_mismatch_fail",
    "panic_already_borrowed",
    "panic_already_mutably_borrowed",
    "begin_panic",
];
const LIBRARIES: [&str; 3] = ["core::", "alloc::", "std::"];

/// Makes traps of them in every module of a folder.
pub(crate) fn trap_in(folder: &Path) -> Result<(), Box<dyn Error>> {
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        if path.extension().is_some_and(|end| end == "wasm") {
            fs::write(&path, trapped(&fs::read(&path)?)?)?;
        }
    }
    Ok(())
}

fn trapped(module: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut module = ModuleConfig::new().generate_producers_section(false).parse(module)?;
    let ends: Vec<_> = module
        .funcs
        .iter_local()
        .filter(|(id, _)| module.funcs.get(*id).name.as_deref().is_some_and(|name| is_end(&plain(name))))
        .map(|(id, function)| (id, function.ty()))
        .collect();
    for (id, ty) in ends {
        let ty = module.types.get(ty);
        let [takes, gives]: [Vec<ValType>; 2] = [ty.params().into(), ty.results().into()];
        let arguments = takes.iter().map(|value| module.locals.add(*value)).collect();
        let mut body = FunctionBuilder::new(&mut module.types, &takes, &gives);
        body.func_body().unreachable();
        module.funcs.get_mut(id).kind = FunctionKind::Local(body.local_func(arguments));
    }
    Ok(module.emit_wasm())
}

/// What wasm-split adds to the name of a function that another module has.
const ELSEWHERE: &str = " indirect_call_shim";

/// A name as one reads it, without the hashes of its crates.
fn plain(name: &str) -> String {
    let name = format!("{:#}", rustc_demangle::demangle(name.trim_end_matches(ELSEWHERE)));
    let mut parts = name.split('[');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| match part.split_once(']') {
        Some((hash, rest)) if hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => plain + rest,
        _ => plain + "[" + part,
    })
}

fn is_end(name: &str) -> bool {
    let own = name.split("::<").next().unwrap_or(name);
    let last = own.rsplit("::").next().unwrap_or(own);
    let is_named = LIBRARIES.iter().any(|library| own.starts_with(library)) && NAMES.contains(&last);
    is_named || PLACES.iter().any(|place| own.starts_with(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_linker_and_binder_write_them() {
        let ends = [
            "_RNvNtCsgXGp5Oqx2Ny_4core9panicking9panic_fmt",
            "_RNvNtCsgXGp5Oqx2Ny_4core3str16slice_error_fail",
            "_RNvNtNtCsgXGp5Oqx2Ny_4core5slice5index16slice_index_fail",
            "_RNvNtCsgXGp5Oqx2Ny_4core9panicking9panic_fmt indirect_call_shim",
            "core[c5930c85a12de822]::panicking::panic_bounds_check",
            "core[c5930c85a12de822]::option::expect_failed",
            "alloc[3ca501edff3f0c7c]::raw_vec::handle_error",
        ];
        for name in ends {
            assert!(is_end(&plain(name)), "{name} is {}", plain(name));
        }
        let others = [
            "_RNvMsa_NtCsgXGp5Oqx2Ny_4core3fmtNtB5_9Formatter12pad_integral",
            "pgscope_session::follow::Follower::step::hd8c15ffdf5872968",
            "pgscope_view::begin_panic",
            "std[a543996e6e7dbf1e]::panicking::panic_count::is_zero_slow_path",
            "std::panicking::catch_unwind::<(), core::panic::unwind_safe::AssertUnwindSafe<()>>",
            "<core[c5930c85a12de822]::fmt::Formatter>::pad",
        ];
        for name in others {
            assert!(!is_end(&plain(name)), "{name} is {}", plain(name));
        }
    }
}
