"""How many decimals an amount has: the minor units of each currency, said once.

ISO 4217:2015, list one ("Current currency & funds code list"), kept by SIX as the standard's maintenance
agency: https://www.six-group.com/en/products-services/financial-information/data-standards.html
Codes without minor units (gold, test codes, units of account) are no currencies to sell in.
"""

from typing import Annotated

from pydantic import AfterValidator

DECIMALS = {
    code: decimals
    for decimals, codes in {
        0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
        2: (
            "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE"
            " CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD"
            " HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK"
            " MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD"
            " RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH"
            " USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
        ),
        3: "BHD IQD JOD KWD LYD OMR TND",
        4: "CLF UYW",
    }.items()
    for code in codes.split()
}
"""By code, those in use in 2026."""

MOST_HAVE = 2
"""For a code that is used no longer, in an event of long ago."""


def written(amount: int, currency: str) -> str:
    """Write an amount of minor units as people do: `1,234.50 GBP`, `1,980 JPY`, `1.234 KWD`."""
    decimals = DECIMALS.get(currency, MOST_HAVE)
    whole, rest = divmod(amount, 10**decimals)
    fraction = f".{rest:0{decimals}}" if decimals else ""
    return f"{whole:,}{fraction} {currency}"


def known(code: str) -> str:
    """Return the code as it is.

    Raises:
        ValueError: it is none of a currency in use.
    """
    if code not in DECIMALS:
        raise ValueError("expected the code of a currency in ISO 4217, such as GBP, EUR or JPY")
    return code


CurrencyCode = Annotated[str, AfterValidator(known)]
"""The code of a currency to sell in, where a setting or a file names one."""
