//! Addresses: inet, cidr, and those of network cards.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::reader::Reader;

const FAMILY_IPV4: u8 = 2;
const FAMILY_IPV6: u8 = 3;

/// Family, mask, whether it is a cidr, how many bytes, the bytes.
pub(super) fn inet(reader: &mut Reader<'_>, always_mask: bool) -> Option<String> {
    let (family, mask, _is_cidr, count) = (reader.u8()?, reader.u8()?, reader.u8()?, reader.u8()?);
    let bytes = reader.take(count as usize)?;
    let (address, whole) = match family {
        FAMILY_IPV4 => (Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).to_string(), 32),
        FAMILY_IPV6 => (ipv6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)), 128),
        _ => return None,
    };
    Some(if mask == whole && !always_mask { address } else { format!("{address}/{mask}") })
}

/// Behind six words of zeros, and no more, the server writes an IPv4 address.
fn ipv6(address: Ipv6Addr) -> String {
    let zeros = address.segments().iter().take_while(|word| **word == 0).count();
    let [.., a, b, c, d] = address.octets();
    if zeros == 6 { format!("::{}", Ipv4Addr::new(a, b, c, d)) } else { address.to_string() }
}

pub(super) fn mac(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}
