import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cached } from 'cachewright';
import { CacheModule } from 'cachewright/nest';
import boot from './boot.cjs';

await boot({ Injectable, Module, NestFactory, Cached, CacheModule });
