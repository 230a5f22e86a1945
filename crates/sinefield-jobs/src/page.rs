//! What the pages of reports share: their style, and texts in HTML.

pub use sinefield_media::escaped;

/// The style of a page.
pub const STYLE: &str = "body{font:16px/1.5 sans-serif;max-width:62em;margin:2em auto;padding:0 1em;color:#222}\
img{max-width:100%;height:auto}table{border-collapse:collapse;margin:1em 0}\
th,td{padding:.25em .8em;border-bottom:1px solid #ccc;text-align:right}\
th:first-child,td:first-child,.words{text-align:left}";

/// The beginning of a page with this title, which is escaped already.
pub fn head(title: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{title}</title>\n<style>{STYLE}</style></head><body>\n<h1>{title}</h1>\n"
    )
}
