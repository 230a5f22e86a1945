//! Texts in HTML and XML.

/// `text` with the special characters of HTML and XML escaped, and the characters that XML forbids replaced.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_cannot_be_written_by_a_text() {
        assert_eq!(escaped("a<b>&\"c\" d's\u{1}é"), "a&lt;b&gt;&amp;&quot;c&quot; d&#39;s\u{fffd}é");
        assert_eq!(escaped("a = 1\n\tb\r"), "a = 1\n\tb\u{fffd}");
    }
}
