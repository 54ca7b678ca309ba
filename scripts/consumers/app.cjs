require('reflect-metadata');
const { Injectable, Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { Cached } = require('cachewright');
const { CacheModule } = require('cachewright/nest');
const boot = require('./boot.cjs');

void boot({ Injectable, Module, NestFactory, Cached, CacheModule });
