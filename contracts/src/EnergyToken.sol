// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IEnergyToken} from "./interfaces/IEnergyToken.sol";

/// @title The money of the market, see IEnergyToken
contract EnergyToken is IEnergyToken, ERC20Permit, Ownable2Step {
    uint256 private constant SUPPLY = 1e20;

    /// @param owner_ Who may take the proceeds.
    constructor(address owner_)
        ERC20("Evlock Energy Token", "EVT")
        ERC20Permit("Evlock Energy Token")
        Ownable(owner_)
    {
        _mint(address(this), SUPPLY);
    }

    /// @inheritdoc IEnergyToken
    function buyTokens() external payable {
        if (msg.value == 0) revert NothingPaid();
        uint256 left = balanceOf(address(this));
        if (msg.value > left) revert SoldOut(msg.value, left);
        _transfer(address(this), msg.sender, msg.value);
    }

    /// @inheritdoc IEnergyToken
    function withdraw(address payable to) external onlyOwner {
        uint256 proceeds = address(this).balance;
        emit Withdrawn(to, proceeds);
        Address.sendValue(to, proceeds);
    }
}
