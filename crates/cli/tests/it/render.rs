//! `pgscope render`: what it draws is read again by what it is for, as far as that is on the machine.

use crate::{err, out, run};

const TEXT: &str = "F: 510000000e53454c45435420313b00\nB: 43000000 0d 53454c4543542031 00\nB: 5a 00000005 49\n";

#[test]
fn a_scenario_a_file_and_hex_are_drawn() {
    let scenario = out(&run(&["render", "handshake", "--to", "markdown"], b""));
    assert!(scenario.contains("1. client → server **SSLRequest**"), "{scenario}");
    let hex = out(&run(&["render", "51000000", "0e53454c", "4543542031", "3b00", "--to", "markdown"], b""));
    assert!(hex.contains("1. client → server **Query**: `SELECT 1;`"), "{hex}");
    let typed = out(&run(&["render", "-", "--to", "markdown"], TEXT.as_bytes()));
    assert!(typed.contains("3. server → client **ReadyForQuery**: `idle`"), "{typed}");
}

#[test]
fn a_picture_is_read_again_as_the_exchange() {
    let drawn = run(&["render", "-", "--to", "svg", "--title", "51 00 00 00 04"], TEXT.as_bytes());
    let hex = |input: &[u8]| out(&run(&["decode", "--format", "list"], input));
    assert_eq!(hex(&drawn.stdout), hex(TEXT.as_bytes()));
}

#[test]
fn html_has_no_script_and_opens_where_it_is_told_to() {
    let page = out(&run(&["render", "copy-in", "--step", "CopyInResponse", "--link", "https://example.org/p/"], b""));
    assert!(page.starts_with("<!doctype html>") && !page.contains("<script"), "{page}");
    assert_eq!(page.matches("<details open>").count(), 1);
    assert!(page.contains("href=\"https://example.org/p/#learn=copy-in&amp;step="), "{page}");
    let fragment = out(&run(&["render", "copy-in", "--to", "fragment", "--panes", "diagram"], b""));
    assert!(fragment.starts_with("<figure class=\"pgscope\"") && !fragment.contains("<details"), "{fragment}");
}

#[test]
fn pixels_are_a_png_of_twice_the_size() {
    let drawn = run(&["render", "simple-query", "--to", "png"], b"");
    if err(&drawn).contains("there is no font") {
        eprintln!("SKIPPED: there is no font on this machine");
        return;
    }
    assert_eq!(drawn.stdout.get(..8), Some(b"\x89PNG\r\n\x1a\n".as_slice()), "{}", err(&drawn));
    let width = drawn.stdout.get(16..20).map(|bytes| bytes.iter().fold(0u32, |all, byte| all << 8 | u32::from(*byte)));
    assert_eq!(width, Some(2 * 770));
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let refused = |arguments: &[&str], input: &[u8]| {
        let output = run(arguments, input);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        err(&output)
    };
    let nowhere = refused(&["render", "no-such-thing"], b"");
    assert!(nowhere.contains("no-such-thing cannot be read"), "{nowhere}");
    let step = refused(&["render", "handshake", "--step", "Bind"], b"");
    assert!(step.contains("there is no message Bind; there are SSLRequest"), "{step}");
    let hidden = refused(&["render", "-", "--hide", "Query,CommandComplete,ReadyForQuery"], TEXT.as_bytes());
    assert!(hidden.contains("no message is left"), "{hidden}");
    assert!(refused(&["render", "-", "--messages", "9-3"], TEXT.as_bytes()).contains("9-3 is no range"));
    assert!(refused(&["render", "handshake", "--panes", "hex"], b"").contains("there is no pane hex"));
    assert!(refused(&["render", "-"], b"hello").contains("there is no message"));
}

#[test]
fn frames_and_what_is_told_of_a_link_name_the_same_place() {
    let of = |to: &str| {
        run(
            &[
                "render",
                "handshake",
                "--step",
                "Query",
                "--to",
                to,
                "--link",
                "https://example.org/p/#x",
                "--image",
                "a.png",
            ],
            b"",
        )
    };
    let address = "https://example.org/p/embed.html#learn=handshake&amp;step=";
    let frame = out(&of("frame"));
    assert!(frame.starts_with(&format!("<iframe src=\"{address}")) && frame.ends_with("</iframe>\n"), "{frame}");
    let told: serde_json::Value = serde_json::from_str(&out(&of("oembed"))).expect("JSON");
    assert_eq!((told["type"].as_str(), told["html"].as_str()), (Some("rich"), Some(frame.trim_end())));
    let lines = out(&of("opengraph"));
    assert!(
        lines.contains("<meta property=\"og:url\" content=\"https://example.org/p/#learn=handshake&amp;step="),
        "{lines}"
    );
    assert!(
        lines.contains("og:image\" content=\"a.png\"") && lines.lines().all(|line| line.starts_with("<meta ")),
        "{lines}"
    );
    assert!(err(&run(&["render", "handshake", "--to", "frame"], b"")).contains("--link is wanted"));
}
