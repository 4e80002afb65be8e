//! Logins computed anew with a password from a file or the environment.

use serde_json::Value;

use super::{err, fixture, out};

fn decode(recording: &str, format: &str, password: &[u8]) -> std::process::Output {
    let file =
        std::env::temp_dir().join(format!("pgscope-password-{}-{format}-{}", std::process::id(), password.len()));
    std::fs::write(&file, password).unwrap();
    let [frontend, backend] = ["client", "server"].map(|end| fixture(&format!("{recording}.{end}.bin")));
    let file_name = file.display().to_string();
    let arguments =
        ["decode", "--frontend", &frontend, "--backend", &backend, "--format", format, "--password-file", &file_name];
    let output = super::run(&arguments, b"");
    std::fs::remove_file(&file).unwrap();
    output
}

#[test]
fn the_steps_stand_below_the_last_message_of_the_login() {
    for format in ["tree", "list"] {
        let output = decode("pg18/py_auth_scram", format, b"secret\n");
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        let text = out(&output);
        let (before, checked) = text.split_once("        checked SCRAM-SHA-256\n").expect("it was checked");
        let headline = before.lines().rfind(|line| line.contains(" R ") || line.contains(" p ")).expect("a message");
        assert!(headline.contains("AuthenticationSASLFinal"), "{headline}");
        let keys = checked.find("ClientProof = ClientKey XOR ClientSignature").expect("the client's proof");
        assert!(checked[keys..].contains("right: message 6, bytes "), "{checked}");
        assert!(
            checked.contains("The client used this password. The server proved that it knows the password, too.\n")
        );
    }
}

#[test]
fn another_password_is_a_problem() {
    let output = decode("auth/md5", "list", b"sekret\r\nand more");
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("            wrong: message "), "{}", out(&output));
    let none = decode("psql/select1", "list", b"secret");
    assert_eq!(none.status.code(), Some(0));
    assert!(err(&none).contains("there is no login"), "{}", err(&none));
}

#[test]
fn programs_get_the_steps_too() {
    let messages: Vec<Value> = serde_json::from_str(&out(&decode("auth/md5", "json", b"secret"))).unwrap();
    let ended: Vec<&Value> = messages.iter().filter(|message| message.get("checked").is_some()).collect();
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0]["name"], "PasswordMessage");
    let checked = &ended[0]["checked"];
    assert_eq!(checked["mechanism"], "MD5");
    let response = checked["steps"].as_array().unwrap().last().unwrap();
    assert_eq!(response["verdict"], "right");
    assert_eq!(response["at"]["index"], ended[0]["index"]);
    let sent = &ended[0]["fields"].as_array().unwrap().last().unwrap()["value"];
    assert_eq!(&response["text"], sent);
}

#[test]
fn the_environment_gives_a_password_too() {
    let [frontend, backend] = ["client", "server"].map(|end| fixture(&format!("auth/md5.{end}.bin")));
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_pgscope"))
        .args(["decode", "--frontend", &frontend, "--backend", &backend, "--format", "list"])
        .env("PGSCOPE_PASSWORD", "secret")
        .output()
        .unwrap();
    assert!(out(&output).contains("The client used this password."), "{}", out(&output));
}
