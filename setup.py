"""Packaging of Evlock: import names are the folder names (see docs/protocol.md for the parts)."""

from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
VERSION = "0.4.0"

CORE = [
    "adafruit-circuitpython-ads1x15==3.0.4",  # 3.0.5 never sets the multiplexer in continuous mode
    "Adafruit-Blinka>=8.50",
    "bip-utils>=2.9,<3",
    "coincurve>=20,<22",
    "cryptography>=44",
    "eth-account>=0.13,<1",
    "mnemonic>=0.21,<1",
    "numpy>=1.26,<3",  # the plant's waveforms
    "prometheus-client>=0.21,<1",
    "pyOpenSSL>=25.2",
    "rich>=13",
    "safe-pysha3>=1.0.4,<2",
    "typer>=0.15",
    "web3>=7.8,<9",
]
BUS = ["smbus2>=0.5,<1"]
DEVCHAIN = ["py-evm==0.12.1b1"]  # exact: a pre-release, and other versions do not resolve
MQTT = ["paho-mqtt>=2.1,<3"]
PLOTS = ["matplotlib>=3.9,<4"]  # pictures of `evlock auction simulate --out`
BILLS = ["reportlab==5.1.0"]  # exact: bills/pdf.py draws the same bytes with this one
DEVELOPMENT = [
    *BILLS,
    "build",
    "hypothesis>=6.100",
    "import-linter>=2.0",
    "mypy>=1.11",
    *MQTT,  # for the types and the tests
    *PLOTS,
    "pypdfium2>=4",  # docs/pictures/make.py
    "pyte>=0.8",  # docs/pictures/take.py
    "pytest>=8",
    "pytest-timeout>=2.3",
    "ruff>=0.8",
    "wheel",  # the example plug-in is built without a network
]

setup(
    name="evlock",
    version=VERSION,
    description="Firmware that turns an electricity meter into an honest trader",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=find_packages(
        include=[
            f"{folder}{rest}"
            for folder in ("drivers", "firmware", "secure_world", "normal_world", "contracts")
            for rest in ("", ".*")
        ]
        + ["board_configs", "deploy"]
    ),
    package_data={
        "contracts": ["artifacts/*.json", "src/**/*.sol"],
        "board_configs": ["*.toml"],
        "deploy": ["*.conf", "*.rules", "*.toml", "systemd/*"],
    },
    install_requires=CORE + DEVCHAIN,
    extras_require={
        "pi": ["RPi.GPIO>=0.7.1", *BUS],
        "pi5": ["rpi-lgpio>=0.6", *BUS],
        "linux": ["gpiod>=2.1,<3", *BUS],
        "mqtt": MQTT,
        "plots": PLOTS,
        "bills": BILLS,
        "dev": DEVELOPMENT,
        "fuzz": ["atheris>=2.3"],  # wheels for Python 3.11 on x86-64 Linux and some others
    },
    entry_points={
        "console_scripts": [
            "evlock=normal_world.cli.main:main",
            "evlock-secured=secure_world.main:main",
            "evlock-meterd=firmware.main:main",
            "evlock-noded=normal_world.main:main",
        ]
    },
)
