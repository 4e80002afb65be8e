//! A password, and what it says of the logins that are loaded.

use super::*;

const LOGIN: &str = "F: 00 00 00 11 00 03 00 00 75 73 65 72 00 6d 65 00 00
B: 52 00 00 00 0c 00 00 00 05 01 02 03 04
F: 70 00 00 00 28 6d 64 35 MD5 00
B: 52 00 00 00 08 00 00 00 00";

/// md5(md5("secretme") in hex, and 01020304) in hex, by Python's hashlib.
const DIGITS: &str = "8322d584bf59f0253d58346307bb6ba3";

fn login() -> Asked {
    let hex: Vec<String> = DIGITS.bytes().map(|digit| format!("{digit:02x}")).collect();
    text(&LOGIN.replace("MD5", &hex.join(" ")))
}

fn proofs(asked: &mut Asked, password: &str) -> Vec<Proof> {
    let Reply::Proofs(proofs) = asked.ask(Request::Password(password.to_owned())) else { panic!("no proofs") };
    proofs
}

#[test]
fn a_password_is_held_against_the_login_that_is_loaded() {
    let mut asked = login();
    let logins: Vec<bool> = (0..4).map(|number| asked.sheet(number).is_login).collect();
    assert_eq!(logins, [false, true, true, true]);
    let right = proofs(&mut asked, "secret");
    assert_eq!((right.len(), &*right[0].mechanism, right[0].messages.as_slice()), (1, "MD5", &[1, 2][..]));
    let response = right[0].steps.last().unwrap();
    assert_eq!((&*response.verdict, response.place), ("right", Some((2, 5, 40))));
    assert_eq!(response.value, format!("\"md5{DIGITS}\""));
    let wrong = proofs(&mut asked, "sekret");
    assert_eq!(wrong[0].steps.last().unwrap().verdict, "wrong");
    assert_eq!(proofs(&mut text(ONE_SHORT), "secret"), []);
}

#[test]
fn the_password_is_not_kept() {
    let mut asked = login();
    let _ = proofs(&mut asked, "a password that nobody has");
    assert!(!format!("{:?}", asked.engine).contains("a password that"));
}
