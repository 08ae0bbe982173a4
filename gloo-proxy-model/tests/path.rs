//! `validate_path` refuses what Gloo refuses of a path, and nothing else.

use gloo_proxy_model::{PathError, validate_path};

#[test]
fn paths_are_refused_for_what_gloo_refuses_in_them() {
    for taken in ["", "/", "/a.b", "/.a", "/..a", "/a..", "/...", "/a/.../b", "/%2e", "/a:@-._~!$&'()*+,;=b"]
    {
        assert_eq!(validate_path(taken), Ok(()), "{taken}");
    }
    for (refused, why) in [
        ("/a//b", PathError::DoubleSlash),
        ("/a/./b", PathError::DotSegment),
        ("/a/../b", PathError::DotSegment),
        ("/a/.", PathError::DotSegment),
        ("/a/..", PathError::DotSegment),
        ("/a%2fb", PathError::EncodedSlash),
        ("/a%2Fb", PathError::EncodedSlash),
        ("/a b", PathError::InvalidCharacter),
        ("/é", PathError::InvalidCharacter),
        ("/a?b", PathError::InvalidCharacter),
        ("/%", PathError::InvalidCharacter),
        ("/%2", PathError::InvalidCharacter),
        ("/%2g", PathError::InvalidCharacter),
        ("/%g2", PathError::InvalidCharacter),
    ] {
        assert_eq!(validate_path(refused), Err(why), "{refused}");
    }
}
